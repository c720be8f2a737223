// Written by tools/generate-parameters.ts from catalogues/en.json. Do not edit.

/** What each message has to be told, where it has to be told anything. */
// biome-ignore format: a table
export interface Parameters {
  'layout.failed': { readonly title: string }
  'layout.development': { readonly link: string }
  'missing.other': { readonly label: string }
  'password.length': { readonly count: number }
  'fault.small': { readonly count: number }
  'fault.large': { readonly count: number }
  'fault.short': { readonly count: number }
  'fault.long': { readonly count: number }
  'fault.deviceName': { readonly count: number }
  'login.app': { readonly app: string }
  'login.new': { readonly link: string }
  'login.as': { readonly username: string }
  'provider.continue': { readonly provider: string }
  'provider.lead': { readonly provider: string }
  'signUp.known': { readonly link: string }
  'confirm.lead': { readonly medium: string; readonly username: string; readonly destination: string }
  'confirm.wrongAddress': { readonly link: string }
  'code.newLink': { readonly link: string }
  'confirmLink.lead': { readonly username: string }
  'recover.lead': { readonly medium: string; readonly username: string; readonly destination: string }
  'code.lead': { readonly medium: string; readonly username: string; readonly destination: string }
  'code.app': { readonly username: string }
  'newPassword.lead': { readonly username: string }
  'setUp.lead': { readonly username: string }
  'setUp.scan': { readonly link: string }
  'setUpAddress.lead': { readonly username: string }
  'chooseFactor.lead': { readonly username: string }
  'chooseFactor.to': { readonly destination: string }
  'passkey.lead': { readonly username: string }
  'addPasskey.lead': { readonly username: string }
  'error.reference': { readonly id: string }
  'signUp.termsOfUse': { readonly link: string }
  'signUp.privacyPolicy': { readonly link: string }
  'account.lead': { readonly username: string }
  'account.app': { readonly app: string }
  'account.codeLead': { readonly medium: string; readonly destination: string }
  'account.passkeyCount': { readonly count: number }
  'account.added': { readonly date: string }
  'account.lastUsed': { readonly date: string }
  'account.signedIn': { readonly date: string }
  'mail.confirm': { readonly code: string }
  'mail.forgot': { readonly code: string }
  'mail.signIn': { readonly code: string }
  'mail.invite': { readonly username: string; readonly password: string }
  'mail.sentBy': { readonly pool: string }
}

/** The messages with markup. */
// biome-ignore format: a table
export type MarkedId =
  | 'layout.development'
  | 'login.app'
  | 'login.new'
  | 'login.as'
  | 'provider.lead'
  | 'signUp.known'
  | 'confirm.lead'
  | 'confirm.wrongAddress'
  | 'code.newLink'
  | 'confirmLink.lead'
  | 'recover.lead'
  | 'code.lead'
  | 'code.app'
  | 'newPassword.lead'
  | 'setUp.lead'
  | 'setUp.scan'
  | 'setUpAddress.lead'
  | 'chooseFactor.lead'
  | 'passkey.lead'
  | 'addPasskey.lead'
  | 'error.reference'
  | 'signUp.termsOfUse'
  | 'signUp.privacyPolicy'
  | 'account.lead'
  | 'account.codeLead'
