import { PoolError } from '../errors.ts'

/** The text of a body of at most `limit` bytes; more is refused before it is kept, whatever Content-Length says. */
export async function readText(request: Request, limit: number): Promise<string> {
  const announced = request.headers.get('content-length')
  if (announced !== null) {
    if (Number(announced) > limit) throw tooLarge()
    // The HTTP parser gives no more than was announced.
    return request.text()
  }
  if (!request.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(): PoolError {
  return new PoolError('TooLarge', 'Request body is too large')
}
