import { isIP } from 'node:net'
import type { ContextDataType, UserContextDataType } from '@poolhouse/api'
import type { Client } from '../../store/setup/clients.ts'

/**
 * The address that a sign-in counts as coming from: the request's own, unless the caller stands between and may say for
 * whom. A client may that has a secret and EnablePropagateAdditionalUserContextData (developer guide, "Collecting data for
 * threat protection in applications"); an administrator's ContextData always counts.
 */
export function originOf(
  { settings, secretSealed }: Client,
  address: string,
  { UserContextData, ContextData }: { UserContextData?: UserContextDataType; ContextData?: ContextDataType },
): string {
  const trusted = settings.EnablePropagateAdditionalUserContextData === true && secretSealed !== undefined
  const named = ContextData?.IpAddress ?? (trusted ? UserContextData?.IpAddress : undefined)
  // It is shown to people as an address, so nothing else is kept.
  return named !== undefined && isIP(named) !== 0 ? named : address
}
