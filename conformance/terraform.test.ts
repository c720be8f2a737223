// The AWS provider is the strictest reader of our answers: whatever it does not find as it left it is a planned change.
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GetIdentityProviderByIdentifierCommand,
  ListUserPoolsCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Outcome, run, skipUnless } from './command.ts'
import { accessKey, eachServer, region, type Server } from './server.ts'

const suite = 'Terraform'
const infra = fileURLToPath(new URL('../examples/website/infra', import.meta.url))
const terraform = (await run('terraform', ['version'])).code === 0
const mirror = terraform ? await findMirror() : undefined
const skip =
  skipUnless(terraform, suite, 'there is no `terraform` on the PATH') ||
  skipUnless(
    mirror,
    suite,
    'the provider hashicorp/aws was not found in a filesystem mirror; TF_PLUGIN_MIRROR may name one',
  )

/** Everything that is changed in the second apply; Terraform merges a file of this name over the others. */
const changes = `
resource "aws_cognito_user_pool" "pool" {
  deletion_protection = "INACTIVE"
  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = false
    temporary_password_validity_days = 3
  }
  tags = {
    stage = "test"
  }
}

resource "aws_cognito_user_pool_client" "client" {
  access_token_validity = 30
}
`

/** Providers as people write them down, with what AWS shows of Google. */
const providers = (identifier: string) => `
resource "aws_cognito_identity_provider" "acme" {
  user_pool_id  = aws_cognito_user_pool.pool.id
  provider_name = "Acme"
  provider_type = "OIDC"
  provider_details = {
    client_id                 = "website"
    client_secret             = "secret"
    oidc_issuer               = "https://id.acme.example"
    authorize_scopes          = "openid email"
    attributes_request_method = "GET"
  }
  attribute_mapping = {
    email    = "email"
    username = "sub"
  }
  idp_identifiers = ["${identifier}"]
}

resource "aws_cognito_identity_provider" "google" {
  user_pool_id  = aws_cognito_user_pool.pool.id
  provider_name = "Google"
  provider_type = "Google"
  provider_details = {
    client_id                     = "website"
    client_secret                 = "secret"
    authorize_scopes              = "openid email profile"
    attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
    attributes_url_add_attributes = "true"
    authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
    oidc_issuer                   = "https://accounts.google.com"
    token_request_method          = "POST"
    token_url                     = "https://www.googleapis.com/oauth2/v4/token"
  }
  attribute_mapping = {
    email    = "email"
    username = "sub"
  }
}
`

eachServer(
  suite,
  (server) => {
    let folder: string
    const call = (...args: string[]) => terraformIn(folder, server(), args)

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'poolhouse-terraform-'))
      await cp(infra, folder, { recursive: true, filter: (path) => !/[/\\]\.terraform|\.tfstate/.test(path) })
      await writeFile(join(folder, 'rc'), cliConfig(mirror ?? ''))
      expect(await call('init', '-backend=false')).toMatchObject({ code: 0 })
    }, 300_000)
    afterAll(() => rm(folder, { recursive: true, force: true }))

    test('applies, and then plans no change', async () => {
      expect(await call('apply', '-auto-approve')).toMatchObject({ code: 0 })
      expect(await call('plan', '-detailed-exitcode')).toMatchObject({ code: 0 })
      expect(await poolNames(server())).toEqual(['lido'])
    }, 900_000)

    test('changes in place, and then plans no change', async () => {
      const before = await outputs(folder, server())
      await writeFile(join(folder, 'changes_override.tf'), changes)
      const website = '-var=website_url=http://localhost:9601'
      const applied = await call('apply', '-auto-approve', website)
      expect(applied).toMatchObject({ code: 0 })
      expect(applied.output).toContain('0 added, 2 changed, 0 destroyed')
      expect(await call('plan', '-detailed-exitcode', website)).toMatchObject({ code: 0 })

      expect(await outputs(folder, server())).toEqual(before)
      const { user_pool_id: UserPoolId = '', client_id: ClientId = '' } = before
      const { UserPool } = await server().api.send(new DescribeUserPoolCommand({ UserPoolId }))
      expect(UserPool).toMatchObject({
        UserPoolTags: { stage: 'test' },
        Policies: { PasswordPolicy: { MinimumLength: 12, RequireSymbols: false, TemporaryPasswordValidityDays: 3 } },
        // What Terraform did not change stands.
        LambdaConfig: { PreSignUp: `arn:aws:lambda:${region}:000000000000:function:auto-confirm` },
        AliasAttributes: ['email'],
      })
      const { UserPoolClient } = await server().api.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }))
      expect(UserPoolClient).toMatchObject({
        CallbackURLs: ['http://localhost:9601/'],
        LogoutURLs: ['http://localhost:9601/'],
        AccessTokenValidity: 30,
        IdTokenValidity: 15,
      })
      expect(UserPoolClient?.ClientSecret).toBeUndefined()
    }, 900_000)

    test('sets identity providers up, changes one, and then plans no change', async () => {
      await writeFile(join(folder, 'providers.tf'), providers('acme.example'))
      expect(await call('apply', '-auto-approve')).toMatchObject({ code: 0 })
      expect(await call('plan', '-detailed-exitcode')).toMatchObject({ code: 0 })
      await writeFile(join(folder, 'providers.tf'), providers('acme.org'))
      expect(await call('apply', '-auto-approve')).toMatchObject({ code: 0 })
      expect(await call('plan', '-detailed-exitcode')).toMatchObject({ code: 0 })
      const { user_pool_id: UserPoolId = '' } = await outputs(folder, server())
      const key = { UserPoolId, IdpIdentifier: 'acme.org' }
      const { IdentityProvider } = await server().api.send(new GetIdentityProviderByIdentifierCommand(key))
      expect(IdentityProvider).toMatchObject({ ProviderName: 'Acme', AttributeMapping: { email: 'email' } })
    }, 900_000)

    test('destroys everything it made', async () => {
      expect(await call('destroy', '-auto-approve')).toMatchObject({ code: 0 })
      expect((await call('state', 'list')).output.trim()).toBe('')
      expect(await poolNames(server())).toEqual([])
    }, 900_000)
  },
  { skip },
)

async function terraformIn(folder: string, { url }: Server, args: readonly string[]): Promise<Outcome> {
  const started = performance.now()
  const outcome = await run('terraform', [...args, ...(args[0] === 'state' ? [] : ['-no-color'])], {
    cwd: folder,
    env: {
      ...process.env,
      TF_CLI_CONFIG_FILE: join(folder, 'rc'),
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      TF_VAR_endpoint: url,
      TF_VAR_region: region,
      CHECKPOINT_DISABLE: '1',
      AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`terraform ${args.join(' ')}: exit ${outcome.code} in ${seconds} s${lastLine(outcome)}`)
  return outcome
}

function lastLine({ code, output, errors }: Outcome): string {
  if (code !== 0) return `\n${output}${errors}`
  const summary = /^(?:Apply complete|Destroy complete|No changes)[^\n]*/m.exec(output)?.[0]
  return summary === undefined ? '' : `: ${summary}`
}

async function outputs(folder: string, server: Server): Promise<Record<string, string>> {
  const { output } = await terraformIn(folder, server, ['output', '-json'])
  const read = JSON.parse(output) as Record<string, { value: string }>
  return Object.fromEntries(Object.entries(read).map(([name, { value }]) => [name, value]))
}

async function poolNames({ api }: Server): Promise<(string | undefined)[]> {
  const { UserPools } = await api.send(new ListUserPoolsCommand({ MaxResults: 60 }))
  return UserPools?.map(({ Name }) => Name) ?? []
}

/** Providers from the mirror alone: nothing is asked of any registry. */
function cliConfig(path: string): string {
  return `disable_checkpoint = true

provider_installation {
  filesystem_mirror {
    path = ${JSON.stringify(path)}
  }
}
`
}

/** A filesystem mirror that holds the provider: the one named, the usual ones, else whatever is on this disk. */
async function findMirror(): Promise<string | undefined> {
  const usual = [
    process.env.TF_PLUGIN_MIRROR,
    join(homedir(), '.terraform.d/plugins'),
    '/usr/local/share/terraform/plugins',
    '/usr/share/terraform/plugins',
  ]
  const provider = 'registry.terraform.io/hashicorp/aws'
  const known = usual.find((path) => path && existsSync(join(path, provider)))
  if (known !== undefined) return known
  const { output } = await run('find', ['/', '-xdev', '-name', 'terraform-provider-aws*'], { timeout: 30_000 })
  const found = output.split('\n').find((path) => path.includes(`/${provider}/`))
  return found?.slice(0, found.indexOf(`/${provider}/`))
}
