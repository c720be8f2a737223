// The contract of the user pools API: what its 140 operations take, give and refuse, as types and as data.
// generated.ts and shapes.ts are written by tools/generate-api.ts from the AWS SDK; the other files by hand.
// No behaviour lives here: reading and writing bodies is the business of the server's JSON door.
export { type Constraint, constraints } from './constraints.ts'
export type * from './generated.ts'
export { enums, operations, structures } from './shapes.ts'
export type * from './terms.ts'
