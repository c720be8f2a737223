import { readFileSync } from 'node:fs'
import { settings } from '../config.ts'
import { UsageError } from './usage-error.ts'

/** A setting by the name of its flag. */
export type SettingName = NameOf<(typeof settings)[number]['flag']>
type NameOf<Flag> = Flag extends `--${infer Name} <${string}` ? Name : never

/** A setting as it was given, and where. */
export interface Given {
  readonly value: string
  readonly from: string
}

/** What was given. */
export type Values = Partial<Record<SettingName, Given>>

/** Texts by name: flags as the command line gave them, or the environment. */
export type Flags = Readonly<Record<string, string | undefined>>

/** Where settings come from, the first wins. */
export interface Sources {
  readonly flags: Flags
  readonly environment: Flags
  /** The `settings` of the configuration file, by name. */
  readonly file?: Readonly<Record<string, string>> | undefined
}

/** The name of a setting. */
export function nameOf({ flag }: (typeof settings)[number]): SettingName {
  return flag.slice(2, flag.indexOf(' ')) as SettingName
}

/** All names. */
export const settingNames: readonly SettingName[] = settings.map(nameOf)

/** What `poolhouse dev` takes: its keys are known ones, and the database of production is none of its business. */
export const devSettings = settingNames.filter(
  (name) => !['database-url', 'master-key-file', 'access-keys-file', 'trusted-proxies'].includes(name),
)

/**
 * Gathers settings: flag before variable before file. `VARIABLE_FILE` names a file that holds the value, as container
 * platforms mount secrets; a flag that ends in `-file` does so too, since command lines are seen by everyone.
 */
export function readValues({ flags, environment, file = {} }: Sources, names: readonly SettingName[]): Values {
  const values: Values = {}
  for (const setting of settings) {
    const name = nameOf(setting)
    if (!names.includes(name)) continue
    const { variable } = setting
    const content = (path: string, from: string): Given => ({ value: readText(path, from), from })
    const given = (value: string, from: string): Given =>
      name.endsWith('-file') ? content(value, from) : { value, from }
    const [flag, text, textFile, filed] = [
      flags[name],
      environment[variable],
      environment[`${variable}_FILE`],
      file[name],
    ]
    if (flag) values[name] = given(flag, `--${name}`)
    else if (text) values[name] = { value: text, from: variable }
    else if (textFile) values[name] = content(textFile, `${variable}_FILE`)
    else if (filed) values[name] = given(filed, `"${name}" of the configuration file`)
  }
  return values
}

function readText(path: string, from: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`${from} names a file that cannot be read: ${path}`, { cause: error })
  }
}
