import { PoolError } from '../../errors.ts'
import type { TriggerEvent } from '../world.ts'
import type { FunctionReply } from './process.ts'

/** A function as an ARN names it. */
export interface Target {
  /** The whole ARN, with its alias. */
  readonly arn: string
  /** Safe as a file's name and in an address. */
  readonly name: string
  readonly region: string
}

/** How a call ended, over whichever transport. */
export type FunctionOutcome =
  | Omit<FunctionReply, 'id'>
  /** It could not be run, or ended without an answer; the text is shown to the caller. */
  | { readonly outcome: 'failed'; readonly text: string }
  | { readonly outcome: 'timeout' | 'throttled' | 'missing' }

/** The most characters an answer may have; Lambda's own limit is 6 MB, a pool's event has a few thousand. */
export const longestAnswer = 256 * 1024

const longestError = 1_024

/** The parts of a Lambda ARN; undefined for whatever else. */
export function readLambdaArn(arn: string): Target | undefined {
  const match = /^arn:[\w-]+:lambda:([\w-]+):\d{12}:function:([\w-]{1,64})(?::[\w$-]+)?$/.exec(arn)
  return match?.[1] && match[2] ? { arn, region: match[1], name: match[2] } : undefined
}

/** What a function threw, from the JSON that Lambda makes of it: `{"errorMessage": "…", "errorType": "…"}`. */
export function readThrown(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json)
    const text = typeof value === 'object' && value !== null && 'errorMessage' in value ? value.errorMessage : undefined
    return typeof text === 'string' ? text.slice(0, longestError) : undefined
  } catch {
    return undefined
  }
}

/** The answer of a call, or the error that AWS makes of it (sentences: repost.aws "cognito-lambda-trigger-errors"). */
export function readOutcome(event: TriggerEvent, outcome: FunctionOutcome): unknown {
  const trigger = event.triggerSource.split('_')[0]
  const failed = (error: string) =>
    new PoolError('UnexpectedLambda', `${trigger} invocation failed due to error ${error}.`)
  switch (outcome.outcome) {
    case 'returned':
      return readAnswer(outcome.json)
    case 'threw':
      throw new PoolError('UserLambdaValidation', `${trigger} failed with error ${outcome.text}.`)
    case 'missing':
      throw failed('ResourceNotFoundException')
    case 'throttled':
      throw failed('TooManyRequestsException')
    case 'timeout':
      throw failed('Socket timeout while invoking Lambda function')
    case 'unloadable':
      // What is wrong with it stands in the log: a caller must not learn the machine's paths.
      throw failed('Runtime.ImportModuleError')
    case 'failed':
      throw failed(outcome.text)
  }
}

function readAnswer(json = ''): unknown {
  try {
    const answer: unknown = JSON.parse(json)
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return answer
  } catch {
    // Not JSON: the same refusal.
  }
  throw new PoolError('InvalidLambdaResponse', 'Unrecognizable lambda output')
}
