import { beforeAll, expect, test } from 'vitest'
import { type Outcome, run, skipUnless } from './command.ts'
import { accessKey, eachServer, region } from './server.ts'

const installed = (await run('aws', ['--version'])).code === 0
const skip = skipUnless(installed, 'AWS CLI', 'there is no `aws` on the PATH')

/** The CLI's exit code when the service refused; 252 is the CLI's own refusal of a command line. */
const refusedByService = 254
/** Version 1 of the CLI says 255 where version 2 says 254. */
const refusedByServiceV1 = 255

eachServer(
  'AWS CLI',
  (server) => {
    const password = 'Correct-Horse-1'
    let pool: string
    let client: string

    function call(line: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
      return run('aws', ['cognito-idp', ...line.split(' ').filter(Boolean)], {
        env: {
          ...process.env,
          AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: server().url,
          AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
          AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
          AWS_DEFAULT_REGION: region,
          AWS_DEFAULT_OUTPUT: 'json',
          AWS_CONFIG_FILE: '/dev/null',
          AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_PAGER: '',
          ...env,
        },
      })
    }

    async function answer(line: string): Promise<Record<string, Record<string, unknown> | undefined>> {
      const { code, output, errors } = await call(line)
      expect({ line, code, errors }).toEqual({ line, code: 0, errors: '' })
      return output.trim() === '' ? {} : (JSON.parse(output) as Record<string, Record<string, unknown>>)
    }

    async function refusal(line: string, env?: NodeJS.ProcessEnv): Promise<string> {
      const { code, output, errors } = await call(line, env)
      expect([refusedByService, refusedByServiceV1]).toContain(code)
      expect(output).toBe('')
      return errors.trim()
    }

    beforeAll(async () => {
      const { UserPool } = await answer(
        'create-user-pool --pool-name cli --auto-verified-attributes email --user-pool-tags stage=test',
      )
      pool = String(UserPool?.Id)
      const { UserPoolClient } = await answer(
        `create-user-pool-client --user-pool-id ${pool} --client-name cli --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH`,
      )
      client = String(UserPoolClient?.ClientId)
    }, 60_000)

    test('a user signs up, confirms, signs in and is known', async () => {
      const user = `--client-id ${client} --username cleo`
      expect(
        await answer(`sign-up ${user} --password ${password} --user-attributes Name=email,Value=cleo@example.com`),
      ).toMatchObject({
        UserConfirmed: false,
        CodeDeliveryDetails: { DeliveryMedium: 'EMAIL', AttributeName: 'email' },
      })
      const signIn = `initiate-auth --auth-flow USER_PASSWORD_AUTH --client-id ${client} --auth-parameters USERNAME=cleo,PASSWORD=`
      expect(await refusal(signIn + password)).toContain(
        'An error occurred (UserNotConfirmedException) when calling the InitiateAuth operation: User is not confirmed.',
      )
      expect(await refusal(`confirm-sign-up ${user} --confirmation-code 000000x`)).toContain('Exception) when calling')
      const code = await server().code('cleo@example.com', 'SignUp')
      await answer(`confirm-sign-up ${user} --confirmation-code ${code}`)
      expect(await refusal(`${signIn}Wrong-Password-1`)).toContain(
        'An error occurred (NotAuthorizedException) when calling the InitiateAuth operation: Incorrect username or password.',
      )
      const { AuthenticationResult } = await answer(signIn + password)
      const { AccessToken, RefreshToken } = AuthenticationResult as Record<string, string>
      expect(await answer(`get-user --access-token ${AccessToken}`)).toMatchObject({
        Username: 'cleo',
        UserAttributes: expect.arrayContaining([{ Name: 'email_verified', Value: 'true' }]),
      })
      expect(
        await answer(
          `initiate-auth --auth-flow REFRESH_TOKEN_AUTH --client-id ${client} --auth-parameters REFRESH_TOKEN=${RefreshToken}`,
        ),
      ).toMatchObject({ AuthenticationResult: { TokenType: 'Bearer', ExpiresIn: 3600 } })
    }, 120_000)

    test('an administrator invites, groups, finds and tags', async () => {
      const user = `--user-pool-id ${pool} --username dora`
      expect(
        await answer(
          `admin-create-user ${user} --message-action SUPPRESS --user-attributes Name=email,Value=dora@example.com`,
        ),
      ).toMatchObject({ User: { Username: 'dora', UserStatus: 'FORCE_CHANGE_PASSWORD', Enabled: true } })
      await answer(`create-group --user-pool-id ${pool} --group-name staff --precedence 3`)
      await answer(`admin-add-user-to-group ${user} --group-name staff`)
      expect(await answer(`admin-list-groups-for-user ${user}`)).toMatchObject({
        Groups: [{ GroupName: 'staff', Precedence: 3 }],
      })
      // The CLI follows pages by itself: one user a page.
      const found = await answer(
        `list-users --user-pool-id ${pool} --page-size 1 --filter email^="d" --query {names:Users[].Username}`,
      )
      expect(found).toEqual({ names: ['dora'] })

      const arn = `arn:aws:cognito-idp:${region}:000000000000:userpool/${pool}`
      await answer(`tag-resource --resource-arn ${arn} --tags owner=me`)
      expect(await answer(`list-tags-for-resource --resource-arn ${arn}`)).toEqual({
        Tags: { stage: 'test', owner: 'me' },
      })
    }, 120_000)

    test('refusals are exit codes and sentences', async () => {
      expect(await refusal(`describe-user-pool --user-pool-id ${region}_Unknown01`)).toContain(
        `An error occurred (ResourceNotFoundException) when calling the DescribeUserPool operation: User pool ${region}_Unknown01 does not exist.`,
      )
      expect(await refusal('list-user-pools --max-results 60', { AWS_SECRET_ACCESS_KEY: 'wrong' })).toContain(
        'An error occurred (InvalidSignatureException) when calling the ListUserPools operation',
      )
      expect(await refusal('list-user-pools --max-results 60', { AWS_ACCESS_KEY_ID: 'nobody' })).toContain(
        'An error occurred (UnrecognizedClientException) when calling the ListUserPools operation',
      )
      expect(await refusal(`list-user-import-jobs --user-pool-id ${pool} --max-results 1`)).toContain(
        'Poolhouse does not offer this operation',
      )
    }, 120_000)
  },
  { skip },
)
