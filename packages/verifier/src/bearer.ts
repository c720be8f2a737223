import { VerifyError } from './errors.ts'

/** Whatever carries HTTP headers: a Request, a Node request, a Lambda event. */
export interface Carrier {
  readonly headers: Pick<Headers, 'get'> | PlainHeaders
}

interface PlainHeaders {
  readonly [name: string]: string | readonly string[] | undefined
}

/**
 * The token of the Authorization header, or throws missing. Only there: tokens in addresses and forms end up in logs
 * (RFC 9700 section 4.3.2). Two such headers are no choice of ours: malformed.
 */
export function readBearer({ headers }: Carrier): string {
  const values = isHeaders(headers) ? [headers.get('authorization')] : authorizations(headers)
  const [value] = values
  if (values.length > 1) throw new VerifyError('malformed')
  // RFC 9110 section 11.1: the name of the scheme has no case.
  const token = /^bearer +(.*)$/is.exec(value ?? '')?.[1]
  if (token === undefined) throw new VerifyError('missing')
  return token
}

/** Node's names are in lower case, those of an API Gateway event are as sent. */
function authorizations(headers: PlainHeaders): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([, value]) => value ?? [])
}

function isHeaders(headers: Carrier['headers']): headers is Pick<Headers, 'get'> {
  return typeof headers.get === 'function'
}
