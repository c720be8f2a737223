// The public client's own arithmetic, which its package has no types for: SRP is held to it in both directions.
declare module 'amazon-cognito-identity-js/lib/AuthenticationHelper.js' {
  type Callback<T> = (error: Error | null, value: T) => void
  // biome-ignore lint/style/noDefaultExport: the package has one.
  export default class AuthenticationHelper {
    constructor(group: string)
    readonly N: { toString(radix: number): string }
    getLargeAValue(callback: Callback<{ toString(radix: number): string }>): void
    getPasswordAuthenticationKey(
      name: string,
      password: string,
      B: unknown,
      salt: unknown,
      callback: Callback<Uint8Array>,
    ): void
    generateHashDevice(group: string, key: string, callback: Callback<undefined>): void
    getVerifierDevices(): string
    getSaltDevices(): string
    getRandomPassword(): string
  }
}

declare module 'amazon-cognito-identity-js/lib/BigInteger.js' {
  // biome-ignore lint/style/noDefaultExport: the package has one.
  export default class BigInteger {
    constructor(digits: string, radix: number)
  }
}
