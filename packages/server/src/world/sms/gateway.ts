// Text messages on their way to a gateway over HTTP: what is sent to whom, and what its answer means.
// When a message is due and what becomes of it is directory/outbox.ts' to know; secrets of the gateway stay in here.
import type { TextGateway } from '../../config.ts'
import { MessageRefused } from '../mail.ts'
import { createRequester } from '../request.ts'
import type { Message } from '../world.ts'
import { isRefused, writeRequest } from './shapes.ts'

/** Sends text messages. */
export interface Texter {
  /** Returns when the gateway has taken the message; MessageRefused when it never will, other errors may pass. */
  send(message: Message): Promise<void>
  close(): void
}

/** Well below the time a message is claimed for (directory/outbox.ts), or two nodes could send it. */
const longest = 15_000
const largestAnswer = 64 * 1024

/** A sender over a gateway. What it throws holds neither the request nor the answer, where secrets and numbers are. */
export function createTexter(gateway: TextGateway, now: () => number): Texter {
  const requester = createRequester()
  return {
    async send({ to, text }) {
      // One number (E.164), and nothing that a gateway could take for more.
      if (!/^\+[1-9]\d{4,14}$/.test(to)) throw new MessageRefused('Not one phone number')
      const request = writeRequest(gateway, { to, text, from: gateway.from ?? '' }, now())
      const { status, body } = await requester.send({ ...request, milliseconds: longest, limit: largestAnswer })
      if (status >= 200 && status <= 299) return
      if (isRefused(gateway.kind, status, body)) throw new MessageRefused(`The text gateway answered ${status}`)
      throw new Error(`The text gateway answered ${status}`)
    },
    close: () => requester.close(),
  }
}
