import type { DcrConfigurationType, UpdateUserPoolRequest } from '@poolhouse/api'
import { PoolError } from '../../errors.ts'
import { registerScope } from '../resource-servers.ts'

type Input = Pick<UpdateUserPoolRequest, 'AcrConfiguration' | 'DcrConfiguration' | 'UserPoolTier'>

const levels = ['Level1', 'Level2', 'Level3', 'Level4'] as const

/** Refuses settings of levels and of registration that contradict themselves, or that the pool's tier has not. */
export function checkLevelsAndRegistration({ AcrConfiguration, DcrConfiguration, UserPoolTier }: Input): void {
  const lite = UserPoolTier === 'LITE'
  if (lite && AcrConfiguration) throw unavailable('AcrConfiguration')
  if (lite && DcrConfiguration?.EnableStatus === 'Enabled') throw unavailable('DcrConfiguration')
  if (AcrConfiguration) checkLevels(AcrConfiguration)
  if (DcrConfiguration) checkRegistration(DcrConfiguration)
}

/** The names of all four levels, the pool's own over AWS's. */
export function levelNames(configuration: Input['AcrConfiguration']): Record<string, { AcrValue: string }> {
  return Object.fromEntries(
    levels.map((level, index) => [
      level,
      { AcrValue: configuration?.[level]?.AcrValue ?? `urn:cognito:loa:${index + 1}` },
    ]),
  )
}

/** AWS developer guide, "Configuring ACR level names". */
function checkLevels(configuration: NonNullable<Input['AcrConfiguration']>): void {
  const strange = Object.keys(configuration).find((name) => !levels.some((level) => level === name))
  if (strange !== undefined) throw new PoolError('InvalidParameter', `${strange} is not an authentication level.`)
  const names = Object.values(levelNames(configuration)).map(({ AcrValue }) => AcrValue)
  if (names.some((name) => !/^[^\s"\\]{1,64}$/.test(name)))
    throw new PoolError(
      'InvalidParameter',
      'An AcrValue has 1 to 64 characters, without spaces, quotes and backslashes.',
    )
  if (new Set(names).size < names.length) throw new PoolError('InvalidParameter', 'AcrValues must be unique.')
}

function checkRegistration({ AllowedScopes = [] }: DcrConfigurationType): void {
  // An app that may register apps without end is no app that anybody has let in.
  if (AllowedScopes.includes(registerScope))
    throw new PoolError('InvalidParameter', `${registerScope} cannot be given to apps that register themselves.`)
}

function unavailable(what: string): PoolError {
  return new PoolError('FeatureUnavailable', `${what} is not available in the Lite tier.`)
}
