import { builtInDocument, builtInPassword } from './built-in.ts'
import { type DevServer, devAccessKey } from './dev.ts'
import { defaultRegion } from './read-config.ts'

/** What a developer sees first: where to go next. */
export function describeDev(version: string, { config, data, builtIn, authorityFile, takenPort }: DevServer): string {
  const { publicUrl, secureUrl } = config
  const region = config.region ?? defaultRegion
  const keys = `AWS_ACCESS_KEY_ID=${devAccessKey.id} AWS_SECRET_ACCESS_KEY=${devAccessKey.secret} AWS_REGION=${region}`
  const rows: [title: string, text: string][] = [
    ...(builtIn ? builtInRows(publicUrl) : []),
    ['Inbox', `${publicUrl}/inbox`],
    ...(secureUrl && authorityFile
      ? ([['TLS', `${secureUrl}  trust it with NODE_EXTRA_CA_CERTS=${authorityFile}`]] satisfies [string, string][])
      : []),
    ['AWS API', `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=${publicUrl}`],
    ['', keys],
    ...(builtIn ? usersRow() : []),
    ['Next', builtIn ? 'declare your own pools in poolhouse.json' : 'npx poolhouse dev --help'],
  ]
  return [
    `Poolhouse ${version} · development, ${data === undefined ? 'in memory (--data DIR keeps it)' : `data in ${data}`} · not for production`,
    ...(takenPort === undefined
      ? []
      : [`Port ${takenPort} is in use by another program: this is on ${new URL(publicUrl).port || '80'}.`]),
    '',
    ...rows.map(([title, text]) => `  ${title.padEnd(13)} ${text}`),
    '',
  ].join('\n')
}

/** Where a browser should go first. */
export function openAddress({ config, builtIn }: DevServer): string {
  return builtIn ? signInPage(config.publicUrl) : `${config.publicUrl}/inbox`
}

/** The sign-in page of the built-in client. */
function signInPage(publicUrl: string): string {
  const [pool] = builtInDocument.pools
  const [client] = pool?.Clients ?? []
  const query = new URLSearchParams({
    client_id: client?.ClientId ?? '',
    response_type: 'code',
    scope: 'openid email profile',
    redirect_uri: client?.CallbackURLs[0] ?? '',
  })
  return `${publicUrl}/domains/${pool?.Domain}/login?${query}`
}

function builtInRows(publicUrl: string): [string, string][] {
  const [pool] = builtInDocument.pools
  const [client] = pool?.Clients ?? []
  return [
    ['Sign-in page', signInPage(publicUrl)],
    ['Pool', `${pool?.Id}  client ${client?.ClientId} (public, PKCE)  issuer ${publicUrl}/${pool?.Id}`],
  ]
}

function usersRow(): [string, string][] {
  const [pool] = builtInDocument.pools
  return (pool?.Users ?? []).map((user, index) => [
    index === 0 ? 'Users' : '',
    `${user.Username} / ${builtInPassword}${'Groups' in user ? `  (${user.Groups?.join(', ')})` : ''}`,
  ])
}
