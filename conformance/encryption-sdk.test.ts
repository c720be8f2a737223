import {
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { expect, test } from 'vitest'
import { codeKeyName } from '../packages/server/src/world/code-envelope.ts'
import { testWorld } from '../packages/server/src/world/test.ts'

// Codes for custom senders, opened as AWS's documentation of the triggers opens them, with a raw key in KMS's place.
const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const codeKey = Buffer.alloc(32, 3)
const world = testWorld({ config: { codeKey } })
const context = { 'userpool-id': 'local_dev', zürich: 'ü', a: '' }

const keyringOf = (key: Uint8Array, names: { namespace: string; name: string } = codeKeyName) =>
  new RawAesKeyringNode({
    keyNamespace: names.namespace,
    keyName: names.name,
    // The keyring asks for memory that it does not share.
    unencryptedMasterKey: new Uint8Array(key),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })

for (const code of ['493027', 'Temp-orary-1é🗝', 'x', 'x'.repeat(256)])
  for (const given of [context, {}])
    test(`the AWS Encryption SDK opens ${JSON.stringify(code.slice(0, 20))} with ${Object.keys(given).length} pairs`, async () => {
      const { plaintext, messageHeader } = await decrypt(keyringOf(codeKey), world.encryptCode(code, given), {
        encoding: 'base64',
      })
      expect(plaintext.toString('utf8')).toBe(code)
      expect({ ...messageHeader.encryptionContext }).toEqual(given)
      expect(messageHeader.suiteId).toBe(0x0478)
    })

test('whichever byte is changed, it is not opened', async () => {
  const message = Buffer.from(world.encryptCode('493027', { 'userpool-id': 'local_dev' }), 'base64')
  const opened: number[] = []
  for (const index of message.keys()) {
    const changed = Buffer.from(message)
    changed[index] = changed[index]! ^ 1
    const { plaintext } = await decrypt(keyringOf(codeKey), changed).catch(() => ({ plaintext: undefined }))
    if (plaintext) opened.push(index)
  }
  expect(opened).toEqual([])
})

test('a part of it is not opened', async () => {
  const message = Buffer.from(world.encryptCode('493027', {}), 'base64')
  await expect(decrypt(keyringOf(codeKey), message.subarray(0, -1))).rejects.toThrow()
})

test('another key, or another name of it, does not open it', async () => {
  const message = world.encryptCode('493027', {})
  for (const keyring of [keyringOf(Buffer.alloc(32, 4)), keyringOf(codeKey, { ...codeKeyName, name: 'other' })])
    await expect(decrypt(keyring, message, { encoding: 'base64' })).rejects.toThrow()
})
