import { spawn } from 'node:child_process'
import { Command } from 'commander'
import { settings } from '../config.ts'
import { readAddress } from './read-config.ts'
import type { Running } from './serve.ts'
import { devSettings, type Flags, nameOf, readValues, type SettingName, settingNames } from './values.ts'

type Options = Readonly<Record<string, string | boolean | undefined>>

/** The commands of `poolhouse`. What a command stands on is loaded when it runs: `--help` needs none of it. */
export function createProgram(version: string): Command {
  const program = new Command('poolhouse')
    .description('A self-hosted home for user pools, compatible with Amazon Cognito.')
    .version(version)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .showHelpAfterError('Add --help to see what there is.')
    .addHelpText('after', examples)

  addSettings(program.command('dev'), devSettings)
    .description('Serve for development: in memory, on loopback, with an inbox and well-known keys.')
    .option('--https', 'listen with TLS too, under an authority of this machine', false)
    .option('--open', 'open the sign-in page in the browser', false)
    .option('--i-know', 'listen where others can reach it', false)
    .action(async (options: Options) => {
      const [{ dev }, { describeDev, openAddress }] = await Promise.all([import('./dev.ts'), import('./banner.ts')])
      const special = { https: options.https === true, iKnow: options.iKnow === true }
      const running = await dev(flagsOf(options, devSettings), process.env, special, print)
      print(describeDev(version, running))
      stopOnSignal(running)
      if (options.open) openBrowser(openAddress(running))
    })

  addSettings(program.command('start'), settingNames)
    .description('Serve in production.')
    .action(async (options: Options) => {
      const { start } = await import('./start.ts')
      const running = await start(flagsOf(options, settingNames), process.env)
      print(`Poolhouse ${version} ready on ${running.config.publicUrl}`)
      stopOnSignal(running)
    })

  addSettings(program.command('health'), ['listen'])
    .description('Ask the server on this machine whether it lives; the exit code is 0 or 1.')
    .option('--ready', 'ask whether it takes requests', false)
    .action(async (options: Options) => {
      const healthy = await isHealthy(flagsOf(options, ['listen']), process.env, options.ready === true)
      print(healthy ? 'ok' : 'not ok')
      process.exitCode = healthy ? 0 : 1
    })

  program
    .command('settings')
    .description('Print every setting of start: flag, variable, default, meaning.')
    .action(() => {
      for (const { flag, variable, fallback, meaning } of settings)
        print(`${flag.padEnd(26)} ${variable.padEnd(27)} ${meaning} Default: ${fallback}.`)
    })
  return program
}

const examples = `
Examples:
  $ npx poolhouse dev
  $ npx poolhouse start --data ./data --public-url https://login.example.org`

/** Whether the server of this machine lives, or with `ready` takes requests. Never throws. */
async function isHealthy(flags: Flags, environment: Flags, ready: boolean): Promise<boolean> {
  const { host, port } = readAddress(readValues({ flags, environment }, ['listen']).listen)
  // What listens on every address listens on this one.
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const authority = reachable.includes(':') ? `[${reachable}]` : reachable
  try {
    const url = `http://${authority}:${port}/health/${ready ? 'ready' : 'live'}`
    return (await fetch(url, { signal: AbortSignal.timeout(3_000) })).ok
  } catch {
    return false
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const setting of settings)
    if (names.includes(nameOf(setting))) command.option(setting.flag, `${setting.meaning} (${setting.variable})`)
  return command
}

/** Commander names `--public-url` publicUrl. */
function flagsOf(options: Options, names: readonly SettingName[]): Flags {
  return Object.fromEntries(
    names.map((name) => {
      const value = options[name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]
      return [name, typeof value === 'string' ? value : undefined]
    }),
  )
}

/** The first signal ends the server in order, a second one at once; what nobody caught ends it with an error. */
function stopOnSignal({ stop, world }: Running): void {
  let stopping = false
  const end = (code: number) => {
    if (stopping) process.exit(1)
    stopping = true
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        world.log.error('stop failed', { error })
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => end(0)).on('SIGINT', () => end(0))
  // The state of the process is unknown now: others take over while this one is started anew.
  process.on('uncaughtException', (error) => {
    world.log.error('uncaught', { error })
    end(1)
  })
}

function openBrowser(url: string): void {
  const [command, ...before] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open']
  // No browser, no harm: the address stands in the banner.
  spawn(command ?? '', [...before, process.platform === 'win32' ? url.replaceAll('&', '^&') : url], {
    stdio: 'ignore',
    detached: true,
  })
    .on('error', () => {})
    .unref()
}
