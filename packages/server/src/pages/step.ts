import type { Context } from 'hono'
import type { CodeDelivery } from '../directory/messages.ts'
import { clearCookie, readCookie, writeCookie } from '../web/cookies.ts'
import type { DomainEnv } from '../web/env.ts'
import type { Journey } from './journey.ts'
import type { AccountNotice, Notice } from './parts/words.ts'
import { seePage } from './reply.ts'

/**
 * What this browser is in the middle of, and about whom. A page never takes that from its address or its form: the cookie
 * is sealed, so that a step can neither be skipped nor made about somebody else.
 *
 *     login ────────────────────────> sign-in ──> sign-in ──> (signed in)
 *       ├─> named ──> (choose, password) ──┘
 *     sign-up ──> confirm ──> notice (login page)
 *     forgot ───> recover ──> notice (login page)
 */
export type Step =
  /** A sign-in has begun, and its session says what is asked. */
  | { readonly step: 'sign-in'; readonly username: string; readonly session: string; readonly resent?: true }
  /** Somebody said a name and has proven nothing. */
  | { readonly step: 'named'; readonly username: string }
  | {
      readonly step: 'confirm'
      readonly username: string
      readonly delivery?: CodeDelivery | undefined
      readonly resent?: true
    }
  | { readonly step: 'recover'; readonly username: string; readonly delivery?: CodeDelivery | undefined }
  | { readonly step: 'notice'; readonly username: string; readonly notice: Notice }
  /** What a page of the account must know of the one before. */
  | {
      readonly step: 'account'
      readonly username: string
      readonly notice?: AccountNotice
      /** Where the code went that is asked for. */
      readonly delivery?: CodeDelivery
      /** The secret of the authenticator app that is being set up. */
      readonly secret?: string
    }

/** People look for mails longer than they look at a page; the rules behind each step have shorter times of their own. */
const lifetimes: Readonly<Record<Step['step'], number>> = {
  'sign-in': 3600,
  named: 3600,
  confirm: 3600,
  recover: 3600,
  notice: 120,
  account: 900,
}

/** What this browser is in the middle of, if it is anything that we know. */
export function readStep(c: Context<DomainEnv>): Step | undefined {
  const sealed = readCookie(c, 'poolhouse-step')
  if (!sealed) return undefined
  const { vault, now } = c.var.ground.world
  try {
    const { until, step } = JSON.parse(vault.open(place(c), sealed)) as { until: number; step: Step }
    return until > now() ? step : undefined
  } catch {
    // Changed, of another pool, or of another master key.
    return undefined
  }
}

/** Remembers what this browser is in the middle of. */
export function writeStep(c: Context<DomainEnv>, step: Step): void {
  const { vault, now } = c.var.ground.world
  const seconds = lifetimes[step.step]
  writeCookie(
    c,
    'poolhouse-step',
    vault.seal(place(c), JSON.stringify({ until: now() + seconds * 1000, step })),
    seconds,
  )
}

/** Back to the sign-in page; who was in the middle of something learns why, and need not type the name again. */
export function startAgain(c: Context<DomainEnv>, journey: Journey, notice: Notice = 'expired'): Response {
  const step = readStep(c)
  if (step && step.step !== 'notice') writeStep(c, { step: 'notice', username: step.username, notice })
  return seePage(c, journey, '/login')
}

/** Forgets it. */
export function clearStep(c: Context<DomainEnv>): void {
  clearCookie(c, 'poolhouse-step')
}

function place(c: Context<DomainEnv>): string {
  return `step:${c.var.pool.id}:${c.var.domain.name}`
}
