import type { GetUserPoolMfaConfigResponse, SetUserPoolMfaConfigRequest } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import type { Pool, PoolSettings } from '../store/setup/pools.ts'

/** The factors among a pool's settings, which SetUserPoolMfaConfig alone can set. */
const factorNames = [
  'SmsMfaConfiguration',
  'SoftwareTokenMfaConfiguration',
  'EmailMfaConfiguration',
  'WebAuthnConfiguration',
] as const

/** The MFA part of a pool's settings, as the API shows it. */
export function mfaConfig({ settings }: Pool): GetUserPoolMfaConfigResponse {
  const { MfaConfiguration, SmsMfaConfiguration, SmsAuthenticationMessage, SmsConfiguration, ...rest } = settings
  const sms = SmsMfaConfiguration && { SmsAuthenticationMessage, SmsConfiguration }
  const { SoftwareTokenMfaConfiguration, EmailMfaConfiguration, WebAuthnConfiguration } = rest
  return {
    MfaConfiguration: MfaConfiguration ?? 'OFF',
    SmsMfaConfiguration: sms,
    SoftwareTokenMfaConfiguration,
    EmailMfaConfiguration,
    WebAuthnConfiguration,
  }
}

/** The settings that DescribeUserPool shows: without the factors, which have an operation of their own. */
export function withoutFactors(settings: PoolSettings): Omit<PoolSettings, (typeof factorNames)[number]> {
  const { SmsMfaConfiguration, SoftwareTokenMfaConfiguration, EmailMfaConfiguration, WebAuthnConfiguration, ...rest } =
    settings
  return rest
}

/** The factors of settings, to be kept when the rest is replaced. */
export function factorsOf(settings: PoolSettings): Pick<PoolSettings, (typeof factorNames)[number]> {
  return Object.fromEntries(factorNames.map((name) => [name, settings[name]]))
}

/** Settings with another MFA part; what the input leaves out stays as it is (API reference, SetUserPoolMfaConfig). */
export function withMfa(settings: PoolSettings, input: Omit<SetUserPoolMfaConfigRequest, 'UserPoolId'>): PoolSettings {
  const sms = input.SmsMfaConfiguration
  const changed: PoolSettings = {
    ...settings,
    MfaConfiguration: input.MfaConfiguration ?? settings.MfaConfiguration,
    ...(sms && {
      SmsMfaConfiguration: {},
      SmsAuthenticationMessage: sms.SmsAuthenticationMessage ?? settings.SmsAuthenticationMessage,
      SmsConfiguration: sms.SmsConfiguration ?? settings.SmsConfiguration,
    }),
    ...(input.SoftwareTokenMfaConfiguration && {
      SoftwareTokenMfaConfiguration: { Enabled: input.SoftwareTokenMfaConfiguration.Enabled ?? false },
    }),
    ...(input.EmailMfaConfiguration && { EmailMfaConfiguration: input.EmailMfaConfiguration }),
    ...(input.WebAuthnConfiguration && { WebAuthnConfiguration: input.WebAuthnConfiguration }),
  }
  checkFactors(changed)
  return changed
}

/** Refuses settings whose factors contradict each other, in AWS's words (seen live: go-to-k/cdkd#1920, #2064). */
export function checkFactors(settings: PoolSettings): void {
  const { MfaConfiguration: mfa, WebAuthnConfiguration: passkeys } = settings
  const refuse = (message: string): never => {
    throw new PoolError('InvalidParameter', message)
  }
  const hasFactor =
    settings.SmsMfaConfiguration || settings.EmailMfaConfiguration || settings.SoftwareTokenMfaConfiguration?.Enabled
  if ((mfa === 'ON' || mfa === 'OPTIONAL') && !hasFactor)
    refuse('Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.')
  const first: readonly string[] = settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD']
  if (!first.includes('PASSWORD')) refuse('PASSWORD must be one of the allowed first auth factors.')
  if (first.includes('SOFTWARE_TOKEN')) refuse('SOFTWARE_TOKEN cannot be a first auth factor.')
  if (
    mfa === 'ON' &&
    first.includes('WEB_AUTHN') &&
    passkeys?.FactorConfiguration !== 'MULTI_FACTOR_WITH_USER_VERIFICATION'
  )
    refuse(
      'Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor',
    )
  if (
    passkeys?.FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION' &&
    passkeys.UserVerification !== 'required'
  )
    refuse('User verification must be required where a passkey counts as multi-factor.')
  if (settings.UserPoolTier === 'LITE' && (first.length > 1 || settings.EmailMfaConfiguration || passkeys))
    throw new PoolError('FeatureUnavailable', 'This feature is not available in the Lite tier.')
}
