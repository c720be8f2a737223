import type { LambdaConfigType, UserPoolTierType } from '@poolhouse/api'
import { PoolError } from '../errors.ts'

/**
 * A pool's triggers with both members that name the PreTokenGeneration function, as AWS shows them. They must agree;
 * versions 2 and 3 need the Essentials or Plus tier (API reference, LambdaConfigType).
 */
export function withTokenTrigger(
  config: LambdaConfigType | undefined,
  tier: UserPoolTierType | undefined,
): LambdaConfigType {
  const { PreTokenGeneration, PreTokenGenerationConfig } = config ?? {}
  if (!PreTokenGenerationConfig) {
    if (!PreTokenGeneration) return config ?? {}
    return { ...config, PreTokenGenerationConfig: { LambdaVersion: 'V1_0', LambdaArn: PreTokenGeneration } }
  }
  const { LambdaArn, LambdaVersion } = PreTokenGenerationConfig
  if (PreTokenGeneration !== undefined && PreTokenGeneration !== LambdaArn)
    throw new PoolError('InvalidParameter', 'PreTokenGeneration and PreTokenGenerationConfig must name one function.')
  if (LambdaVersion !== 'V1_0' && tier === 'LITE')
    throw new PoolError(
      'FeatureUnavailable',
      `${LambdaVersion} of PreTokenGeneration is not available in the Lite tier.`,
    )
  return { ...config, PreTokenGeneration: LambdaArn }
}
