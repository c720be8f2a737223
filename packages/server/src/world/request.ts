import * as http from 'node:http'
import * as https from 'node:https'
import type { LookupFunction } from 'node:net'

/** A request to a machine that the operator named. */
export interface OutgoingRequest {
  readonly method: string
  /** A user and a password in it are sent as Basic authorization. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** How long it may take, to the last byte of the answer. */
  readonly milliseconds: number
  /** The most bytes of an answer that are read. */
  readonly limit: number
}

/** Its answer. */
export interface IncomingAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** No answer, or not all of it, in time. */
export class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout'
}

/** An answer longer than its limit. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge'
}

/** Sends requests over connections that are kept for a while. */
export interface Requester {
  /** Gives the answer whatever its status, and throws when there is none. Redirections are not followed. */
  send(request: OutgoingRequest): Promise<IncomingAnswer>
  close(): void
}

/** Idle connections end before the five seconds after which most servers end them: a request must not meet a closed one. */
const connections = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8, timeout: 4_000 }

/**
 * A requester; a TLS peer whose certificate does not hold is refused, whatever the environment says. `lookup` finds the
 * addresses of names in the system's stead.
 */
export function createRequester(lookup?: LookupFunction): Requester {
  const plain = new http.Agent(connections)
  const secure = new https.Agent({ ...connections, rejectUnauthorized: true, minVersion: 'TLSv1.2' })
  return {
    send: ({ method, url, headers, body, milliseconds, limit }) =>
      new Promise((resolve, reject) => {
        const tls = url.protocol === 'https:'
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        const options = {
          method,
          headers: { 'user-agent': 'poolhouse', ...headers, ...length },
          agent: tls ? secure : plain,
          ...(lookup && { lookup }),
        }
        const request = (tls ? https : http).request(url, options)
        const fail = (error: Error) => {
          clearTimeout(timer)
          reject(error)
          request.destroy()
        }
        const timer = setTimeout(() => fail(new RequestTimeout('No answer in time')), milliseconds)
        request.on('error', fail)
        request.on('response', (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('error', fail)
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > limit) return fail(new AnswerTooLarge('The answer is too large'))
            chunks.push(chunk)
          })
          response.on('end', () => {
            clearTimeout(timer)
            const text = Buffer.concat(chunks).toString('utf8')
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
          })
        })
        request.end(body)
      }),
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}
