// What the tests use of async-exit-hook, which ships no types.
declare module 'async-exit-hook' {
  const exitHook: { unhookEvent(event: string): void }
  // biome-ignore lint/style/noDefaultExport: it is the library's.
  export default exitHook
}
