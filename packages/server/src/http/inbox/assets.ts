/** Look of the inbox; a hash of it stands in the page's policy. */
export const inboxStyle = `
:root { color-scheme: light dark; --line: light-dark(#d8dce3, #333a45); --soft: light-dark(#5b6472, #a3adbb);
  --card: light-dark(#fff, #191d24); --page: light-dark(#f4f6f9, #101318); --ink: light-dark(#15181d, #eceff4);
  --accent: light-dark(#0b57d0, #8ab4f8); --bad: light-dark(#a3161c, #ff9d95); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; gap: .75rem; align-items: center; padding-block: 1.25rem; flex-wrap: wrap; }
h1 { font-size: 1.35rem; margin: 0; }
form { flex: 1 1 12rem; }
input, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .45rem .75rem; min-height: 2.5rem; }
input { width: 100%; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; margin-bottom: 1rem; }
.head { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap; overflow-wrap: anywhere; }
time, .about, .none, footer { color: var(--soft); }
.about { margin: .15rem 0 .5rem; font-size: .9rem; overflow-wrap: anywhere; }
.code { display: inline-block; font: 600 2rem/1.2 ui-monospace, monospace; letter-spacing: .12em; user-select: all;
  border: 1px dashed var(--line); border-radius: .5rem; padding: .25rem .75rem; overflow-wrap: anywhere; }
nav a { color: var(--accent); text-underline-offset: .25em; }
.link, footer a { color: var(--accent); overflow-wrap: anywhere; }
pre { margin: .5rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
pre.json { font: .85rem/1.5 ui-monospace, monospace; }
.error { margin: .5rem 0; color: var(--bad); overflow-wrap: anywhere; }
details { margin-top: .75rem; } summary { cursor: pointer; color: var(--soft); }
iframe { width: 100%; height: 32rem; max-height: 80vh; color-scheme: light dark; border: 1px solid var(--line); border-radius: .5rem; background: #fff; margin-top: .5rem; }
.none { padding: 3rem 0; text-align: center; } footer { font-size: .85rem; padding-block: 1rem 2rem; }
`

/** Behaviour of the inbox: a click selects and copies a code, what is new shows by itself, a button clears. */
export const inboxScript = `
for (const code of document.querySelectorAll('.code')) code.addEventListener('click', () => {
  getSelection().selectAllChildren(code)
  navigator.clipboard?.writeText(code.textContent).catch(() => {})
})
const { list, newest } = document.body.dataset
document.getElementById('clear')?.addEventListener('click', async () => {
  await fetch(list, { method: 'DELETE' })
  location.reload()
})
const watch = async () => {
  for (let pause = 0; ; ) {
    await new Promise((done) => setTimeout(done, pause))
    try {
      const answer = await fetch(list + '?wait=25s&after=' + newest)
      if ((await answer.json()).length > 0) return location.reload()
      pause = 0
    } catch { pause = 2000 }
  }
}
watch()
`
