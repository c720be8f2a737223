// The words in which shapes.ts and generated.ts are written.

/** A point in time, in milliseconds since 1970. The door turns it into the epoch seconds of the wire and back. */
export type Milliseconds = number

/** Any JSON value: a member whose content the API passes through without looking inside. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** What a member holds that is neither a structure nor an enumeration. */
export type ScalarName = 'string' | 'integer' | 'boolean' | 'timestamp' | 'blob' | 'json'

/** One member of a structure. */
export interface Member {
  /** A scalar, or the name of an enumeration in `enums` or of a structure in `structures`. */
  readonly type: string
  /** A list of `type`, or a map from text to `type`. */
  readonly many?: 'list' | 'map'
  readonly required?: true
  /** Never echoed and never logged. */
  readonly sensitive?: true
}

/** A structure: its members by their spelling on the wire. */
export type Structure = Readonly<Record<string, Member>>

/** One operation: the structures it takes and gives, whether AWS asks for a signature, the errors it declares. */
export interface Operation<ErrorName extends string = string> {
  readonly input: string
  /** Null: AWS answers with an empty body. */
  readonly output: string | null
  readonly signed: boolean
  readonly errors: readonly ErrorName[]
}
