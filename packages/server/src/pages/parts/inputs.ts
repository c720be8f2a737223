import { mayWrite } from '../../directory/attributes.ts'
import type { Party } from '../../directory/register.ts'
import type { Pool } from '../../store/setup/pools.ts'
import type { Form } from '../../web/forms.ts'
import type { Fault } from './words.ts'

/** An input of a form: how a browser, a keyboard and a password manager are to understand it. */
export interface Input {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'email' | 'tel' | 'url' | 'date' | 'number'
  readonly autocomplete: string
  readonly hint?: string
  /** Whether it may hold a phone number. */
  readonly phone?: boolean
  /** Whether it may be left empty. */
  readonly optional?: true
}

// biome-ignore format: a table
const attributeInputs = new Map<string, Omit<Input, 'name'>>(Object.entries({
  name:               { label: 'Full name',       type: 'text',   autocomplete: 'name' },
  given_name:         { label: 'First name',      type: 'text',   autocomplete: 'given-name' },
  family_name:        { label: 'Last name',       type: 'text',   autocomplete: 'family-name' },
  middle_name:        { label: 'Middle name',     type: 'text',   autocomplete: 'additional-name' },
  nickname:           { label: 'Nickname',        type: 'text',   autocomplete: 'nickname' },
  preferred_username: { label: 'Preferred name',  type: 'text',   autocomplete: 'off' },
  profile:            { label: 'Profile page',    type: 'url',    autocomplete: 'url' },
  picture:            { label: 'Picture address', type: 'url',    autocomplete: 'photo' },
  website:            { label: 'Website',         type: 'url',    autocomplete: 'url' },
  email:              { label: 'Email',           type: 'email',  autocomplete: 'email' },
  gender:             { label: 'Gender',          type: 'text',   autocomplete: 'sex' },
  birthdate:          { label: 'Date of birth',   type: 'date',   autocomplete: 'bday' },
  zoneinfo:           { label: 'Time zone',       type: 'text',   autocomplete: 'off', hint: 'For example Europe/Paris' },
  locale:             { label: 'Language',        type: 'text',   autocomplete: 'language', hint: 'For example en-GB' },
  phone_number:       { label: 'Phone number',    type: 'tel',    autocomplete: 'tel', hint: 'With country code, like +44 20 7183 8750', phone: true },
  address:            { label: 'Address',         type: 'text',   autocomplete: 'address-line1' },
  updated_at:         { label: 'Updated at',      type: 'number', autocomplete: 'off' },
} satisfies Record<string, Omit<Input, 'name'>>))

/** The input of an attribute. */
export function attributeInput(name: string): Input {
  return {
    name,
    ...(attributeInputs.get(name) ?? { label: name.replace(/^custom:/, ''), type: 'text', autocomplete: 'off' }),
  }
}

/** The name that people of a pool sign in with. */
export function nameInput({ settings }: Pool): Input {
  const { UsernameAttributes = [], AliasAttributes = [] } = settings
  return UsernameAttributes.length > 0 ? namedBy(UsernameAttributes) : namedBy(AliasAttributes, userName)
}

/** What sign-up asks besides the password: first the name, then what the pool requires. Nothing is asked twice. */
export function signUpInputs({ pool, client }: Party): readonly [Input, ...Input[]] {
  const { UsernameAttributes = [], AutoVerifiedAttributes = [], SchemaAttributes = [] } = pool.settings
  const required = SchemaAttributes.flatMap(({ Name, Required }) => (Required && Name && Name !== 'sub' ? [Name] : []))
  // Where users are named by one of several addresses and one is required anyway, that one is the name.
  const wanted = UsernameAttributes.find((kind) => required.includes(kind))
  const kinds: readonly string[] = wanted ? [wanted] : UsernameAttributes
  // Without an address to send the code to, nobody could confirm the account.
  const reachable = AutoVerifiedAttributes.some((name) => kinds.includes(name) || required.includes(name))
  const address = reachable ? undefined : AutoVerifiedAttributes.find((name) => mayWrite(client, name))
  const asked = [...required, ...(address ? [address] : [])].filter((name) => name !== wanted)
  return [kinds.length > 0 ? namedBy(kinds) : namedBy([], userName), ...asked.map(attributeInput)]
}

const userName = 'User name'

/** The name field of people who are named by these attributes, and maybe by a user name besides. */
function namedBy(kinds: readonly string[], besides?: string): Input {
  const addresses = kinds.filter((kind) => kind !== 'preferred_username').map(attributeInput)
  const [only, ...others] = addresses
  const named = { name: 'username', autocomplete: 'username' } as const
  if (only && others.length === 0 && besides === undefined) return { ...only, ...named }
  const [first = userName, ...rest] = [...(besides ? [besides] : []), ...addresses.map(({ label }) => label)]
  const label = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format([first, ...rest.map(lowerFirst)])
  return { ...named, label, type: 'text', phone: addresses.some(({ phone }) => phone) }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** What was typed into an input, without what people and keyboards add: spaces around it, and within a phone number. */
export function readInput(form: Form, { name, phone }: Pick<Input, 'name' | 'phone'>): string {
  const text = (form.get(name) ?? '').trim()
  return phone && /^\+[\d\s().-]+$/.test(text) ? text.replaceAll(/[\s().-]/g, '') : text
}

/** Whether a text can be a user name (API reference, SignUp: Username). */
export function isName(text: string): boolean {
  return /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u.test(text) && text.length <= 128
}

/** What is asked for; a plain input, a code or a password. */
type Asked = Pick<Input, 'name' | 'label'>

/** The password of a form. */
export const passwordInput = { name: 'password', label: 'Password' } as const satisfies Asked

/** The code of a form. */
export const codeInput = { name: 'code', label: 'Code' } as const satisfies Asked

/** The code handed in, without the spaces that people copy with it. */
export function readCode(form: Form): string {
  return (form.get('code') ?? '').replaceAll(/\s/g, '')
}

/** A fault for each of these that was left empty. */
export function missingFaults(answers: readonly (readonly [Asked, string])[]): Fault[] {
  return answers.flatMap(([{ name, label }, value]) =>
    value === '' ? [{ field: name, sentence: `Enter your ${lowerFirst(label)}.` }] : [],
  )
}
