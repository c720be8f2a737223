import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { SiteFiles } from '../api/files.ts'

/** Builds the front end in memory: as in production, without touching the folder that production is built into. */
export async function buildFrontEnd(): Promise<SiteFiles> {
  const output = await build({
    configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
    root: fileURLToPath(new URL('../web', import.meta.url)),
    logLevel: 'error',
    build: { write: false },
  })
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const result of [output].flat()) {
    if (!('output' in result)) continue
    for (const file of result.output) {
      const content = file.type === 'chunk' ? file.code : file.source
      files.set(`/${file.fileName}`, new Uint8Array(Buffer.from(content)))
    }
  }
  return files
}
