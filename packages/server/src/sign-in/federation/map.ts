import type { IdentityProvider } from '../../store/setup/identity-providers.ts'
import type { Attributes } from '../../store/users.ts'
import type { FederatedIdentity } from './identity.ts'

/**
 * The pool's attributes that a provider's claims give by its mapping; pure. Claims that are absent or empty change nothing.
 * That an address is verified counts only beside the very address that the provider said it of: alone it would verify
 * whatever address the user has here.
 */
export function mapAttributes(
  { mapping }: Pick<IdentityProvider, 'mapping'>,
  claims: FederatedIdentity['attributes'],
): Attributes {
  const mapped: Record<string, string> = Object.create(null)
  for (const [attribute, claim] of Object.entries(mapping)) {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined
    if (attribute === 'username' || value === undefined) continue
    const text = typeof value === 'string' ? value : flatten(value)
    if (text !== '') mapped[attribute] = text
  }
  for (const address of ['email', 'phone_number'] as const) {
    const verified = mapped[`${address}_verified`]
    if (verified === undefined) continue
    if (mapped[address] === undefined) delete mapped[`${address}_verified`]
    else mapped[`${address}_verified`] = String(verified.toLowerCase() === 'true')
  }
  return mapped
}

/** Several values in one attribute, as AWS writes them (developer guide, "Mapping IdP attributes to profiles and tokens"). */
function flatten(values: readonly string[]): string {
  const [only = ''] = values
  return values.length > 1 ? `[${values.join(',')}]` : only
}
