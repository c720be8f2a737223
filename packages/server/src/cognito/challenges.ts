import type { ChallengeNameType, InitiateAuthResponse } from '@poolhouse/api'
import type { Address } from '../directory/triggers/messages.ts'
import { PoolError } from '../errors.ts'
import type { Reply } from '../sign-in/judge.ts'
import type { Asked } from '../sign-in/state.ts'

/** AuthParameters and ChallengeResponses: texts by wire name. */
export type Answers = Readonly<Record<string, string>>

/** A text that the caller must send. */
export function required(answers: Answers, name: string): string {
  const value = answers[name]
  if (!value) throw new PoolError('InvalidParameter', `Missing required parameter ${name}`)
  return value
}

/** A step as the API asks it (API reference, RespondToAuthChallenge: what each challenge needs). */
export function describeAsked(asked: Asked): InitiateAuthResponse {
  const { step, shownName, session, available } = asked
  // The secret block stands for the session: clients written for SRP alone send no other.
  const isExchange = asked.srp !== undefined
  return {
    ChallengeName: step,
    ...(!isExchange && { Session: session }),
    ...(available && { AvailableChallenges: [...available] }),
    ChallengeParameters: { ...(step !== 'SELECT_CHALLENGE' && { USER_ID_FOR_SRP: shownName }), ...parametersOf(asked) },
  }
}

function parametersOf(asked: Asked): Record<string, string> {
  const { delivery, factors, srp, user } = asked
  switch (asked.step) {
    case 'NEW_PASSWORD_REQUIRED':
      return {
        requiredAttributes: JSON.stringify((asked.requiredAttributes ?? []).map((name) => `userAttributes.${name}`)),
        userAttributes: JSON.stringify(user?.attributes ?? {}),
      }
    case 'SMS_MFA':
    case 'SMS_OTP':
    case 'EMAIL_OTP':
      return {
        CODE_DELIVERY_DELIVERY_MEDIUM: delivery?.medium ?? '',
        CODE_DELIVERY_DESTINATION: delivery?.destination ?? '',
      }
    case 'SELECT_MFA_TYPE':
      return { MFAS_CAN_CHOOSE: JSON.stringify(factors ?? []) }
    case 'MFA_SETUP':
      return { MFAS_CAN_SETUP: JSON.stringify(factors ?? []) }
    case 'PASSWORD_VERIFIER':
      return { USERNAME: asked.shownName, ...exchangeOf(asked.session, srp) }
    case 'DEVICE_PASSWORD_VERIFIER':
      return {
        ...exchangeOf(asked.session, srp),
        ...(asked.deviceKey !== undefined && { DEVICE_KEY: asked.deviceKey }),
      }
    case 'WEB_AUTHN':
      return { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(asked.options) }
    case 'CUSTOM_CHALLENGE':
      return { USERNAME: asked.shownName, ...asked.parameters }
    default:
      return {}
  }
}

function exchangeOf(session: string, srp: Asked['srp']): Record<string, string> {
  return { SALT: srp?.salt ?? '', SRP_B: srp?.B ?? '', SECRET_BLOCK: Buffer.from(session).toString('base64') }
}

/** The session that a response continues: the secret block of an SRP exchange, else what was given as Session. */
export function sessionOf(challenge: ChallengeNameType, answers: Answers, session: string | undefined): string {
  if (challenge === 'PASSWORD_VERIFIER' || challenge === 'DEVICE_PASSWORD_VERIFIER')
    return Buffer.from(required(answers, 'PASSWORD_CLAIM_SECRET_BLOCK'), 'base64').toString('latin1')
  if (session === undefined) throw new PoolError('InvalidParameter', 'Missing required parameter Session')
  return session
}

/** What a response holds, by its wire names. */
export function readReply(challenge: ChallengeNameType, answers: Answers): Reply {
  switch (challenge) {
    case 'NEW_PASSWORD_REQUIRED':
      return {
        kind: 'new-password',
        newPassword: required(answers, 'NEW_PASSWORD'),
        attributes: Object.fromEntries(
          Object.entries(answers).flatMap(([name, value]) =>
            name.startsWith('userAttributes.') ? [[name.slice('userAttributes.'.length), value]] : [],
          ),
        ),
      }
    case 'SMS_MFA':
    case 'SMS_OTP':
    case 'EMAIL_OTP':
    case 'SOFTWARE_TOKEN_MFA':
      return { kind: 'code', code: required(answers, `${challenge}_CODE`) }
    case 'SELECT_MFA_TYPE':
    case 'SELECT_CHALLENGE':
      return {
        kind: 'choice',
        answer: required(answers, 'ANSWER'),
        ...(answers.PASSWORD !== undefined && { password: answers.PASSWORD }),
        ...(answers.SRP_A !== undefined && { A: answers.SRP_A }),
      }
    case 'PASSWORD':
      return { kind: 'password', password: required(answers, 'PASSWORD') }
    case 'PASSWORD_SRP':
    case 'DEVICE_SRP_AUTH':
      return { kind: 'share', A: required(answers, 'SRP_A') }
    case 'PASSWORD_VERIFIER':
    case 'DEVICE_PASSWORD_VERIFIER':
      return {
        kind: 'claim',
        claim: {
          signature: required(answers, 'PASSWORD_CLAIM_SIGNATURE'),
          secretBlock: required(answers, 'PASSWORD_CLAIM_SECRET_BLOCK'),
          timestamp: required(answers, 'TIMESTAMP'),
        },
      }
    case 'WEB_AUTHN':
      return { kind: 'passkey', credential: readJson(required(answers, 'CREDENTIAL')) }
    case 'CUSTOM_CHALLENGE':
      return { kind: 'answer', answer: answers.ANSWER ?? '' }
    case 'MFA_SETUP':
      return { kind: 'set-up', ...readAddress(answers) }
    case 'ADMIN_NO_SRP_AUTH':
      throw new PoolError('InvalidParameter', 'Unsupported challenge name')
  }
}

/**
 * What aws-amplify sends to set up codes by e-mail (signInHelpers.ts, handleMFASetupChallenge). AWS names nothing for text
 * messages, for which an administrator adds the number; ours takes it the same way.
 */
function readAddress({ EMAIL, PHONE_NUMBER }: Answers): { address?: Address } {
  if (EMAIL) return { address: { attribute: 'email', value: EMAIL } }
  return PHONE_NUMBER ? { address: { attribute: 'phone_number', value: PHONE_NUMBER } } : {}
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PoolError('InvalidParameter', 'CREDENTIAL is not JSON')
  }
}
