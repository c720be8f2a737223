import type { OperationName } from '@poolhouse/api'
import { PoolError } from '../errors.ts'
import type { Handler } from './resolve.ts'

/** A handler of an operation that is not there, with the reason for docs/operations.md. */
export type Refusal = (() => Promise<never>) & { readonly refused: string }

/** Says aloud that an operation is not supported, and why; fits the place of every handler. */
export function refuse(reason: string): Refusal {
  const handler = async (): Promise<never> => {
    throw new PoolError('OperationNotEnabled', `Poolhouse does not offer this operation: ${reason}.`)
  }
  return Object.assign(handler, { refused: reason })
}

/** Exhaustive: leaving an operation out is a compile error that names it. */
export type Operations = { readonly [Op in OperationName]: Handler<Op> | Refusal }
