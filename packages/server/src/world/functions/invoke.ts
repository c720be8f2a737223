// How the functions behind Lambda ARNs are called: files, webhooks, a Lambda endpoint, and the record of their calls.
// What an event holds and what an answer means is directory/triggers' to know; nothing here reads either.

import type { TriggerEvent } from '../world.ts'
import { createFunctionFiles } from './files.ts'
import { createLambdaEndpoint } from './lambda.ts'
import { type FunctionOutcome, readLambdaArn, readOutcome, type Target } from './outcome.ts'
import { createWebhooks } from './webhook.ts'

/** What functions are called through. */
export interface InvokerOptions {
  /** The folder of functions; undefined finds none. */
  readonly folder?: string | undefined
  /** Addresses by the name or the whole ARN of a function. */
  readonly urls?: Readonly<Record<string, string>> | undefined
  /** The address of every other function without a file, `{name}` and `{region}` in it. */
  readonly url?: string | undefined
  /** The Lambda endpoint of whatever is left, `{region}` in it. */
  readonly lambdaEndpoint?: string | undefined
  /** Milliseconds each try may take: AWS waits five seconds. */
  readonly limit?: number
  /** Called with every line that a function in a file prints. */
  readonly print?: (name: string, line: string) => void
  /** Called with what an operator should know of a call that failed on its way. */
  readonly report?: (name: string, error: unknown) => void
}

/** Calls the functions behind ARNs. */
export interface Invoker {
  /** Answers and errors are those of `World.invoke`. */
  invoke(arn: string, event: TriggerEvent): Promise<unknown>
  /** Ends all processes and connections. */
  close(): void
}

type Try = (event: TriggerEvent, milliseconds: number) => Promise<FunctionOutcome>

/**
 * An invoker: an address that is set for the very function comes first, then its file, then the address for all, then
 * the Lambda endpoint.
 */
export function createInvoker({
  folder,
  urls = {},
  url: anyUrl,
  lambdaEndpoint,
  limit = 5_000,
  print = () => {},
  report = () => {},
}: InvokerOptions): Invoker {
  const addresses = new Map(Object.entries(urls))
  const files = folder === undefined ? undefined : createFunctionFiles(folder, print)
  const webhooks = createWebhooks(report)
  const lambda = lambdaEndpoint === undefined ? undefined : createLambdaEndpoint(lambdaEndpoint, report)

  async function choose(target: Target): Promise<Try | undefined> {
    const { arn, name, region } = target
    const own = addresses.get(arn) ?? addresses.get(name)
    if (own !== undefined) return (event, left) => webhooks.call(own, name, event, left)
    const file = await files?.find(name)
    if (files && file) return (event, left) => files.call(file, region, event, left)
    if (anyUrl !== undefined) {
      const url = anyUrl.replaceAll('{name}', name).replaceAll('{region}', region)
      return (event, left) => webhooks.call(url, name, event, left)
    }
    return lambda && ((event, left) => lambda.call(target, event, left))
  }

  return {
    async invoke(arn, event) {
      const target = readLambdaArn(arn)
      const call = target && (await choose(target))
      if (!call) return readOutcome(event, { outcome: 'missing' })
      const outcome = await call(event, limit)
      // AWS calls again after a time-out, never after an error.
      return readOutcome(event, outcome.outcome === 'timeout' ? await call(event, limit) : outcome)
    },
    close() {
      files?.close()
      webhooks.close()
      lambda?.close()
    },
  }
}
