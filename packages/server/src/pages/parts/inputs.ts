import { mayWrite } from '../../directory/attributes.ts'
import type { Party } from '../../directory/register.ts'
import { message, type Sentence } from '../../languages/messages.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { Form } from '../../web/forms.ts'
import type { Fault } from './words.ts'

/** An input of a form: how a browser, a keyboard and a password manager are to understand it. */
export interface Labelled {
  readonly name: string
  readonly label: Sentence
  readonly type: 'text' | 'email' | 'tel' | 'url' | 'date' | 'number'
  readonly autocomplete: string
  readonly hint?: Sentence
  /** Whether it may hold a phone number. */
  readonly phone?: boolean
  /** Whether it may be left empty. */
  readonly optional?: true
}

/** One that may be asked for: what is said when it was left empty. */
export interface Input extends Labelled {
  readonly missing: Sentence
}

// biome-ignore format: a table
const kinds = {
  name:               { type: 'text',   autocomplete: 'name' },
  given_name:         { type: 'text',   autocomplete: 'given-name' },
  family_name:        { type: 'text',   autocomplete: 'family-name' },
  middle_name:        { type: 'text',   autocomplete: 'additional-name' },
  nickname:           { type: 'text',   autocomplete: 'nickname' },
  preferred_username: { type: 'text',   autocomplete: 'off' },
  profile:            { type: 'url',    autocomplete: 'url' },
  picture:            { type: 'url',    autocomplete: 'photo' },
  website:            { type: 'url',    autocomplete: 'url' },
  email:              { type: 'email',  autocomplete: 'email' },
  gender:             { type: 'text',   autocomplete: 'sex' },
  birthdate:          { type: 'date',   autocomplete: 'bday' },
  zoneinfo:           { type: 'text',   autocomplete: 'off', hint: message('input.zoneinfoHint') },
  locale:             { type: 'text',   autocomplete: 'language', hint: message('input.localeHint') },
  phone_number:       { type: 'tel',    autocomplete: 'tel', hint: message('input.phoneHint'), phone: true },
  address:            { type: 'text',   autocomplete: 'address-line1' },
  updated_at:         { type: 'number', autocomplete: 'off' },
} as const satisfies Record<string, Omit<Labelled, 'name' | 'label'>>

/** The input of an attribute. One of the pool's own is called what the pool calls it. */
export function attributeInput(name: string): Input {
  if (isStandard(name))
    return { name, label: message(`input.${name}`), missing: message(`missing.${name}`), ...kinds[name] }
  const label = name.replace(/^custom:/, '')
  return { name, label, missing: message('missing.other', { label }), type: 'text', autocomplete: 'off' }
}

function isStandard(name: string): name is keyof typeof kinds {
  return Object.hasOwn(kinds, name)
}

/** The name that people of a pool sign in with. */
export function nameInput({ settings }: Pool): Input {
  const { UsernameAttributes = [], AliasAttributes = [] } = settings
  return namedBy(UsernameAttributes.length > 0 ? UsernameAttributes : ['username', ...AliasAttributes])
}

/** What sign-up asks besides the password: first the name, then what the pool requires. Nothing is asked twice. */
export function signUpInputs({ pool, client }: Party): readonly [Input, ...Input[]] {
  const { UsernameAttributes = [], AutoVerifiedAttributes = [], SchemaAttributes = [] } = pool.settings
  const required = SchemaAttributes.flatMap(({ Name, Required }) => (Required && Name && Name !== 'sub' ? [Name] : []))
  // Where users are named by one of several addresses and one is required anyway, that one is the name.
  const wanted = UsernameAttributes.find((kind) => required.includes(kind))
  const named: readonly string[] = wanted ? [wanted] : UsernameAttributes
  // Without an address to send the code to, nobody could confirm the account.
  const reachable = AutoVerifiedAttributes.some((name) => named.includes(name) || required.includes(name))
  const address = reachable ? undefined : AutoVerifiedAttributes.find((name) => mayWrite(client, name))
  const asked = [...required, ...(address ? [address] : [])].filter((name) => name !== wanted)
  return [namedBy(named.length > 0 ? named : ['username']), ...asked.map(attributeInput)]
}

// biome-ignore format: a table
const nameKinds: ReadonlyMap<string, 'username' | 'usernameOrEmail' | 'usernameOrPhone' | 'usernameEmailOrPhone' | 'emailOrPhone'> = new Map([
  ['username',                    'username'],
  ['username email',              'usernameOrEmail'],
  ['username phone_number',       'usernameOrPhone'],
  ['username email phone_number', 'usernameEmailOrPhone'],
  ['email phone_number',          'emailOrPhone'],
] as const)

/** The name field of people who are named by these; a preferred user name is one of their user names. */
function namedBy(names: readonly string[]): Input {
  const named = { name: 'username', autocomplete: 'username' } as const
  const known = ['username', 'email', 'phone_number'].filter((name) => names.includes(name)).join(' ')
  const kind = nameKinds.get(known)
  // One address alone.
  if (kind === undefined) return { ...attributeInput(known), ...named }
  const phone = names.includes('phone_number')
  return { ...named, label: message(`input.${kind}`), missing: message(`missing.${kind}`), type: 'text', phone }
}

/** What was typed into an input, without what people and keyboards add: spaces around it, and within a phone number. */
export function readInput(form: Form, { name, phone }: Pick<Labelled, 'name' | 'phone'>): string {
  const text = (form.get(name) ?? '').trim()
  return phone && /^\+[\d\s().-]+$/.test(text) ? text.replaceAll(/[\s().-]/g, '') : text
}

/** Whether a text can be a user name (API reference, SignUp: Username). */
export function isName(text: string): boolean {
  return /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u.test(text) && text.length <= 128
}

/** What is asked for; a plain input, a code or a password. */
type Asked = Pick<Input, 'name' | 'missing'>

/** The password of a form. */
export const passwordInput: Asked = { name: 'password', missing: message('missing.password') }

/** The code of a form. */
export const codeInput: Asked = { name: 'code', missing: message('missing.code') }

/** The code handed in, without the spaces that people copy with it. */
export function readCode(form: Form): string {
  return (form.get('code') ?? '').replaceAll(/\s/g, '')
}

/** A fault for each of these that was left empty. */
export function missingFaults(answers: readonly (readonly [Asked, string])[]): Fault[] {
  return answers.flatMap(([{ name, missing }, value]) => (value === '' ? [{ field: name, sentence: missing }] : []))
}
