import { createHmac } from 'node:crypto'
import type { AppClient } from './hosted.ts'

/** SECRET_HASH as the AWS developer guide computes it; a public client has none. */
export function secretHash({ id, secret }: AppClient, username: string): string | undefined {
  if (secret === undefined) return undefined
  return createHmac('sha256', secret)
    .update(username + id)
    .digest('base64')
}
