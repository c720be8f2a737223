// For each operation that is offered, each error that the SDK's model declares for it: how it is provoked over the API, or
// why it cannot be. A file for each area; what all operations share is in common.ts. Nothing here imports the server.
import type { AwsErrorName, OperationName } from '@poolhouse/api'
import type { Stage } from './stage.ts'

/** What provokes an error, by a call that is rejected with it, or why nothing does. */
export type Row = string | ((stage: Stage) => Promise<unknown>)

/** Rows by operation and error. */
export type Rows = Readonly<Partial<Record<OperationName, Readonly<Partial<Record<AwsErrorName, Row>>>>>>
