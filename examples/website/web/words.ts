import type { LoginErrorCode } from '@poolhouse/login'
import { LoginError } from '@poolhouse/login'

const sentences: Readonly<Record<LoginErrorCode, string>> = {
  login_required: 'Please sign in first.',
  access_denied: 'The sign-in was refused.',
  callback_invalid: 'That sign-in could not be completed: it was not started in this tab, or it took too long.',
  callback_used: 'That sign-in was completed before. Sign in again.',
  session_ended: 'Your session has ended. Sign in again.',
  network: 'The sign-in server cannot be reached. Check your connection and try again.',
  config: 'This website is not set up correctly for its sign-in server.',
  server: 'The sign-in server had a problem. Try again in a moment.',
}

/** An error in a sentence for the visitor. */
export function wordsFor(error: unknown): string {
  if (error instanceof LoginError) return sentences[error.code]
  return error instanceof Error ? error.message : 'Something went wrong.'
}
