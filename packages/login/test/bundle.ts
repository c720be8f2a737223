import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** The package as one ES module, the way a site's bundler makes it. */
export async function bundle(minify: boolean): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(new URL('../src/index.ts', import.meta.url)),
    platform: 'browser',
    transform: { target: 'es2022' },
  })
  const { output } = await build.generate({ format: 'esm', minify })
  await build.close()
  return output[0].code
}
