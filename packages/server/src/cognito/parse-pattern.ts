// The patterns of the contract are Java's. Here they become regular expressions of this language that accept the same
// texts, and that take linear time whatever the text: some of AWS's patterns backtrack without end when taken literally.

const { raw } = String
/** Java's `\s` is these six; JavaScript's would take all Unicode spaces. */
const space = raw` \t\n\x0b\f\r`
/** Java's `.` leaves out these five; JavaScript's would let U+0085 pass. */
const line = raw`[^\n\r\u0085\u2028\u2029]*`
const visible = raw`\p{L}\p{M}\p{S}\p{N}\p{P}`
const prose = `[${visible}${space}]*`
const javaProse = raw`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`

/**
 * The patterns in which two repetitions compete for the same characters. On a text that fails, each landmark in it is
 * tried with each way of splitting the rest: quadratic, cubic with two landmarks. The same language without choice:
 * look once whether the landmark is there (a lookahead is never re-entered), then check every character.
 */
const linear: ReadonlyMap<string, string> = new Map([
  [raw`.*\{####\}.*`, raw`(?=[^]*?\{####\})${line}`],
  [raw`${javaProse}\{####\}${javaProse}`, raw`(?=[^]*?\{####\})${prose}`],
  [raw`${javaProse}\{##${javaProse}##\}${javaProse}`, raw`(?=(?=([^]*?\{##))\1[^]*##\})${prose}`],
  [raw`[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+`, `(?=[^]+?@[^])[${visible}]+`],
  ['(?s).*', '[^]*'],
])

/** A regular expression that matches a whole text exactly when Java's `matches` does with this pattern. */
export function compilePattern(pattern: string): RegExp {
  const source = linear.get(pattern) ?? pattern.replaceAll('[\\S]', `[^${space}]`).replaceAll('\\s', space)
  return new RegExp(`^(?:${source})$`, 'u')
}
