/** The modules of the suite's three plans, by the suite's names without its prefix; each has the file of its name. */
export const modules: Readonly<Record<'basic' | 'config' | 'logout', readonly string[]>> = {
  basic: names(`
    server response-type-missing idtoken-signature idtoken-unsigned userinfo-get userinfo-post-header userinfo-post-body
    request-without-nonce-succeeds scope-profile scope-email scope-address scope-phone scope-all alternate-happy-flow
    display-page display-popup prompt-login prompt-none-not-logged-in prompt-none-logged-in max-age-1 max-age-10000
    unknown-parameter-succeeds id-token-hint login-hint ui-locales claims-locales acr-values codereuse
    codereuse-30seconds registered-redirect-uri post-request-succeeds client-secret-post request_uri-unsigned
    request-object-unsigned claims-essential request-object-with-redirect-uri refresh-token valid-pkce
  `),
  config: names('discovery'),
  logout: names(`
    discovery logout bad-redirect-uri modified-hint no-hint no-params no-redirect-uri no-state only-state
    query-added-to-redirect-uri bad-hint
  `),
}

function names(text: string): string[] {
  return text.trim().split(/\s+/)
}
