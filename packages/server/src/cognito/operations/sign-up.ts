import { readAttributes } from '../../directory/attributes.ts'
import { finishRecovery, startRecovery } from '../../directory/recover.ts'
import { confirmRegistration, register, resendConfirmation } from '../../directory/register.ts'
import { openConfirmed } from '../../sign-in/sign-up.ts'
import { describeDelivery } from '../describe.ts'
import type { Handler } from '../resolve.ts'

export const SignUp: Handler<'SignUp'> = async (input, { db, world, pool, client, address }) => {
  const { user, confirmed, delivery } = await register(
    db,
    world,
    { pool, client },
    {
      username: input.Username,
      // Blank is the same as left out (API reference, SignUp).
      password: input.Password || undefined,
      attributes: readAttributes(input.UserAttributes ?? []),
      validationData: input.ValidationData && readAttributes(input.ValidationData),
      metadata: input.ClientMetadata,
      address,
    },
  )
  return {
    UserConfirmed: confirmed,
    UserSub: user.id,
    CodeDeliveryDetails: delivery && describeDelivery(delivery),
  }
}

export const ConfirmSignUp: Handler<'ConfirmSignUp'> = async (input, { db, world, pool, client }) => {
  await confirmRegistration(
    db,
    world,
    { pool, client },
    {
      username: input.Username,
      code: input.ConfirmationCode,
      forceAlias: input.ForceAliasCreation,
      metadata: input.ClientMetadata,
    },
  )
  return { Session: await openConfirmed(db, world, { pool, client }, input.Username) }
}

export const ResendConfirmationCode: Handler<'ResendConfirmationCode'> = async (
  { Username, ClientMetadata },
  { db, world, pool, client },
) => {
  const asked = { username: Username, metadata: ClientMetadata }
  const delivery = await resendConfirmation(db, world, { pool, client }, asked)
  return { CodeDeliveryDetails: describeDelivery(delivery) }
}

export const ForgotPassword: Handler<'ForgotPassword'> = async (input, { db, world, pool, client }) => {
  const asked = { username: input.Username, metadata: input.ClientMetadata }
  const delivery = await startRecovery(db, world, { pool, client }, asked)
  return { CodeDeliveryDetails: describeDelivery(delivery) }
}

export const ConfirmForgotPassword: Handler<'ConfirmForgotPassword'> = async (input, { db, world, pool, client }) => {
  await finishRecovery(
    db,
    world,
    { pool, client },
    {
      username: input.Username,
      code: input.ConfirmationCode,
      password: input.Password,
      metadata: input.ClientMetadata,
    },
  )
  return {}
}
