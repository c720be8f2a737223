import { createDiffieHellman, createHash, createHmac, getDiffieHellman } from 'node:crypto'
import { bareCall, call, compare, drive, json, type Measured, measure, type Row } from '../load.ts'
import type { Bench } from '../main.ts'
import { processorSeconds } from '../poolhouse.ts'

// The client's half of SRP as amazon-cognito-identity-js does it, but with a private exponent that is short and used
// again and again: what is measured is the server, and its visitors share the machine here.
const prime = getDiffieHellman('modp15').getPrime()
const N = BigInt(`0x${prime.toString('hex')}`)
const k = number(sha256(signed(prime), Buffer.from([2])))
// Made once: Node proves at each making that the number is a prime.
const powers = createDiffieHellman(prime, 2)
const a = 0x9b1d5c07e2f4a8635d0f7c1e9a3b6d48n
const A = power(2n, a)

interface Challenge {
  readonly Session: string
  readonly ChallengeParameters: Readonly<Record<'SRP_B' | 'SALT' | 'SECRET_BLOCK' | 'USER_ID_FOR_SRP', string>>
}

/**
 * A sign-in by SRP, both calls, beside one modular power of the same size a call: by the clock, with a client on the same
 * machine that computes as much as the server, and by what the server alone takes of the processors.
 */
export async function srpRows({ target, bareUrl, barePid }: Bench): Promise<Row[]> {
  const { url, clientId: ClientId, poolId, password, users } = target
  const group = poolId.slice(poolId.indexOf('_') + 1)
  let next = 0
  const signIn = async () => {
    const AuthParameters = { USERNAME: users[next++ % users.length], SRP_A: A.toString(16) }
    const start = json('InitiateAuth', { ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters })
    const { Session, ChallengeParameters: asked } = await call<Challenge>(url, start)
    const timestamp = timestampOf(new Date())
    const name = asked.USER_ID_FOR_SRP
    const signature = createHmac('sha256', keyOf(group, name, password, asked.SALT, asked.SRP_B))
      .update(group)
      .update(name)
      .update(Buffer.from(asked.SECRET_BLOCK, 'base64'))
      .update(timestamp)
      .digest('base64')
    const ChallengeResponses = {
      USERNAME: name,
      PASSWORD_CLAIM_SECRET_BLOCK: asked.SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: signature,
      TIMESTAMP: timestamp,
    }
    const answer = { ClientId, Session, ChallengeName: 'PASSWORD_VERIFIER', ChallengeResponses }
    const { AuthenticationResult } = await call<{ AuthenticationResult?: unknown }>(
      url,
      json('RespondToAuthChallenge', answer),
    )
    if (!AuthenticationResult) throw new Error('The SRP sign-in asked for more')
  }
  const beside = () => measure(bareUrl, [bareCall('/power')])
  const spent = { beside: 0, ours: 0, powers: 0, signIns: 0 }
  const counted = async (side: 'beside' | 'ours', pid: number, load: () => Promise<Measured>): Promise<Measured> => {
    const before = processorSeconds(pid)
    const began = performance.now()
    const measured = await load()
    spent[side] += processorSeconds(pid) - before
    spent[side === 'ours' ? 'signIns' : 'powers'] += measured.rate * ((performance.now() - began) / 1000)
    return measured
  }
  const byClock = await compare(
    'SRP sign-in (both calls; beside modular powers)',
    0.25,
    () => counted('beside', barePid, beside),
    () => counted('ours', target.pid, () => drive(signIn)),
  )
  const rates = [spent.powers / spent.beside, spent.signIns / spent.ours] as const
  const perSecond = (rate: number) => `${rate.toFixed(0)}/cpu s`
  return [
    byClock,
    {
      what: 'the same by processor seconds of the server',
      beside: perSecond(rates[0]),
      ours: perSecond(rates[1]),
      ratio: rates[1] / rates[0],
      goal: undefined,
    },
  ]
}

/** (B - k g^x)^(a + u x), and what is derived of it. */
function keyOf(group: string, name: string, password: string, salt: string, shareHex: string): Buffer {
  const B = BigInt(`0x${shareHex}`)
  const u = number(sha256(signed(bytes(A)), signed(bytes(B))))
  const x = number(sha256(signed(bytes(BigInt(`0x${salt}`))), sha256(Buffer.from(`${group}${name}:${password}`))))
  const base = (((B - k * verifierOf(x)) % N) + N) % N
  const secret = power(base, a + u * x)
  const extracted = createHmac('sha256', signed(bytes(u)))
    .update(signed(bytes(secret)))
    .digest()
  return createHmac('sha256', extracted).update('Caldera Derived Key\u0001').digest().subarray(0, 16)
}

/** g^x, computed once a user: the load shall cost the machine as little as it can. */
function verifierOf(x: bigint): bigint {
  const known = verifiers.get(x) ?? power(2n, x)
  verifiers.set(x, known)
  return known
}

const verifiers = new Map<bigint, bigint>()

function power(base: bigint, exponent: bigint): bigint {
  powers.setPrivateKey(bytes(exponent))
  return number(powers.computeSecret(bytes(base)))
}

/** As the clients write it: `Tue Nov 24 07:01:40 UTC 2026`, the day without a leading zero. */
function timestampOf(date: Date): string {
  const [weekday, day, month, year, time] = date.toUTCString().split(/[ ,]+/)
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`
}

/** A leading zero byte where the first bit is set: numbers are hashed as signed ones. */
function signed(given: Buffer): Buffer {
  return (given[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), given]) : given
}

function bytes(value: bigint): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

function number(given: Buffer): bigint {
  return BigInt(`0x${given.toString('hex')}`)
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
