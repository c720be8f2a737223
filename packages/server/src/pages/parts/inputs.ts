import { mayWrite } from '../../directory/attributes.ts'
import type { Party } from '../../directory/register.ts'
import type { Pool } from '../../store/pools.ts'
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
}

// biome-ignore format: a table
const attributeInputs: Readonly<Record<string, Omit<Input, 'name'>>> = {
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
}

/** The input of an attribute. */
export function attributeInput(name: string): Input {
  return {
    name,
    ...(attributeInputs[name] ?? { label: name.replace(/^custom:/, ''), type: 'text', autocomplete: 'off' }),
  }
}

/** The name that people of a pool sign in with. */
export function nameInput(pool: Pool): Input {
  const { UsernameAttributes = [], AliasAttributes = [] } = pool.settings
  const [only, second] = UsernameAttributes
  if (only && !second) return { ...attributeInput(only), name: 'username', autocomplete: 'username' }
  const kinds = only ? UsernameAttributes : AliasAttributes
  const words = [
    ...(only ? [] : ['user name']),
    ...(kinds.includes('email') ? ['email'] : []),
    ...(kinds.includes('phone_number') ? ['phone number'] : []),
  ]
  const label = words.length === 3 ? 'user name, email or phone number' : words.join(' or ')
  return {
    name: 'username',
    label: label.charAt(0).toUpperCase() + label.slice(1),
    type: 'text',
    autocomplete: 'username',
    phone: kinds.includes('phone_number'),
  }
}

/** What sign-up asks besides the password: first the name, then what the pool requires. Nothing is asked twice. */
export function signUpInputs({ pool, client }: Party): readonly [Input, ...Input[]] {
  const { UsernameAttributes = [], AutoVerifiedAttributes = [] } = pool.settings
  const required = (pool.settings.SchemaAttributes ?? []).flatMap(({ Name, Required }) =>
    Required && Name !== undefined && Name !== 'sub' ? [Name] : [],
  )
  // Where an email address is required anyway, it is the name as well.
  const named =
    UsernameAttributes.length > 1
      ? UsernameAttributes.filter((kind) => required.includes(kind)).slice(0, 1)
      : UsernameAttributes
  const first =
    UsernameAttributes.length === 0
      ? plainName
      : nameInput({
          ...pool,
          settings: { ...pool.settings, UsernameAttributes: named.length > 0 ? named : UsernameAttributes },
        })
  // Without an address to send the code to, nobody could confirm the account.
  const asked = [...UsernameAttributes, ...required]
  const unreachable = AutoVerifiedAttributes.length > 0 && !AutoVerifiedAttributes.some((name) => asked.includes(name))
  const reachable = unreachable ? AutoVerifiedAttributes.filter((name) => mayWrite(client, name)).slice(0, 1) : []
  const others = [...required, ...reachable].filter((name) => !named.some((kind) => kind === name))
  return [first, ...others.map(attributeInput)]
}

const plainName: Input = { name: 'username', label: 'User name', type: 'text', autocomplete: 'username' }

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
    value === '' ? [{ field: name, sentence: `Enter your ${label.charAt(0).toLowerCase()}${label.slice(1)}.` }] : [],
  )
}
