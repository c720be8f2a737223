import type { Language } from '../../languages/languages.ts'

/** What a mail shows, from top to bottom. Everything is text. */
export interface MailView {
  readonly language: Language
  readonly title: string
  /** What mailboxes show beside the subject. */
  readonly preview: string
  readonly poolName: string
  readonly lead: string
  /** The code or the temporary password, large. */
  readonly code: string | undefined
  /** Of an invitation: what the name is called, the name, and what the code is called. */
  readonly named: readonly [label: string, name: string, codeLabel: string] | undefined
  readonly link: { readonly href: string; readonly button: string; readonly help: string } | undefined
  readonly ignore: string
  readonly sentBy: string
}

/** Text as HTML, in content and in attributes. */
export function escapeHtml(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const fonts = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"
const mono = "ui-monospace, 'SF Mono', Menlo, Consolas, 'Courier New', monospace"

/** Colours of dark mode, where a mailbox asks for them; others keep the light ones, or turn them round by themselves. */
const style = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background-color:#0d1417!important}.card{background-color:#151e22!important;border-color:#28363c!important}
.ink,.code{color:#e7eef1!important}.soft{color:#a2b2ba!important}.code{background-color:#0d1417!important}
.button{background-color:#63c3de!important;color:#04212b!important}.address{color:#63c3de!important}}`

/**
 * A whole mail in HTML: one table in another with styles in place, which is what old mail programs understand. Nothing is
 * loaded from anywhere, so that nobody learns when it was read.
 */
export function mailHtml(view: MailView): string {
  const { language, title, preview, poolName, lead, code, named, link, ignore, sentBy } = view
  const text = (size: number, extra = '') =>
    `margin:0;font-family:${fonts};font-size:${size}px;line-height:1.5;${extra}`
  const label = (words: string) =>
    `<p class="soft" style="${text(14, 'padding-top:16px;color:#51636d;')}">${escapeHtml(words)}</p>`
  const rows = [
    `<p class="soft" style="${text(14, 'color:#51636d;font-weight:600;')}">${escapeHtml(poolName)}</p>`,
    `<h1 class="ink" style="${text(22, 'padding-top:12px;color:#14232b;font-weight:600;line-height:1.3;')}">${escapeHtml(title)}</h1>`,
    `<p class="soft" style="${text(16, 'padding-top:8px;color:#51636d;')}">${escapeHtml(lead)}</p>`,
  ]
  if (named) {
    const [nameLabel, name, codeLabel] = named
    rows.push(
      label(nameLabel),
      `<p class="ink" style="${text(18, 'color:#14232b;font-weight:600;')}"><bdi>${escapeHtml(name)}</bdi></p>`,
      label(codeLabel),
    )
  }
  if (code !== undefined) {
    const size = code.length > 12 ? 22 : 32
    const spacing = named ? '' : 'letter-spacing:4px;'
    rows.push(
      `<p class="code" dir="ltr" style="margin:16px 0 0;padding:14px 18px;border-radius:8px;background-color:#f3f6f8;color:#14232b;font-family:${mono};font-size:${size}px;line-height:1.3;font-weight:600;${spacing}text-align:center;word-break:break-all;-webkit-user-select:all;user-select:all;">${escapeHtml(code)}</p>`,
    )
  }
  if (link) {
    const href = escapeHtml(link.href)
    rows.push(
      `<p style="margin:20px 0 0;"><a class="button" href="${href}" style="display:inline-block;padding:13px 22px;border-radius:8px;background-color:#0b6380;color:#ffffff;font-family:${fonts};font-size:16px;font-weight:600;text-decoration:none;">${escapeHtml(link.button)}</a></p>`,
      label(link.help),
      `<p dir="ltr" style="${text(14, 'word-break:break-all;')}"><a class="address" href="${href}" style="color:#0b6380;">${href}</a></p>`,
    )
  }
  rows.push(`<p class="soft" style="${text(14, 'padding-top:20px;color:#51636d;')}">${escapeHtml(ignore)}</p>`)
  const cell = `dir="${language.dir}" align="${language.dir === 'rtl' ? 'right' : 'left'}"`
  return `<!doctype html>
<html lang="${language.tag}" dir="${language.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#f3f6f8;">
<div style="display:none;max-height:0;overflow:hidden;">${escapeHtml(preview)}</div>
<table class="page" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f6f8;">
<tr><td align="center" style="padding:24px 12px;">
<table class="card" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:480px;background-color:#ffffff;border:1px solid #dbe3e8;border-radius:14px;">
<tr><td ${cell} style="padding:28px 28px 30px;">
${rows.join('\n')}
</td></tr>
</table>
<p class="soft" style="${text(13, 'padding-top:14px;color:#51636d;')}">${escapeHtml(sentBy)}</p>
</td></tr>
</table>
</body>
</html>
`
}
