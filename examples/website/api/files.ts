import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

/** The built front end: addresses and what is there. A handful of small files, so they are kept in memory. */
export type SiteFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The media type of a file of the front end. */
export function mediaType(path: string): string {
  return types[extname(path)] ?? 'application/octet-stream'
}

/** Reads a folder that `vite build` wrote. */
export async function readFiles(folder: string): Promise<SiteFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new Error(`There is no built front end in ${folder}. Run: npm run build -w examples/website`, { cause })
  })
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(folder.length).split(sep).join('/').replace(/^\/*/, '/'), new Uint8Array(await readFile(path)))
  }
  return files
}
