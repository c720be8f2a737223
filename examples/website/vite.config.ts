import { defineConfig } from 'vite'

export default defineConfig({
  root: 'web',
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    // Nothing inline: the site's content security policy allows none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
