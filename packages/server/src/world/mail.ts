import type { Transporter } from 'nodemailer'
import type { Message } from './world.ts'

/** A message that the mail server will never take: another try is of no use. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused'
}

/** Sends mail over SMTP. */
export interface Mailer {
  /** Returns when the server has taken the message; MessageRefused when it never will, other errors may pass. */
  send(message: Message): Promise<void>
  close(): void
}

/** Well below the time a message is claimed for (directory/outbox.ts), or two nodes could send it. */
const timeouts = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 15_000, dnsTimeout: 5_000 }

/** A mailer over an `smtp://` or `smtps://` address; `fallbackFrom` is the sender of messages that name none. */
export function createMailer(smtpUrl: string, fallbackFrom: string): Mailer {
  let opening: Promise<Transporter> | undefined
  // Loaded with the first mail: a start must not wait for it.
  const open = async () => {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      url: smtpUrl,
      pool: true,
      maxConnections: 4,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...timeouts,
    })
  }
  return {
    async send(message) {
      const from = message.from ?? fallbackFrom
      for (const header of [message.to, from, message.subject]) checkHeader(header)
      // One recipient: a comma would make two.
      if (!/^[^\s,;<>"()]+@[^\s,;<>"()@]+$/.test(message.to)) throw new MessageRefused('Not one address')
      opening ??= open()
      const transport = await opening
      await transport
        .sendMail({
          from,
          to: { name: '', address: message.to },
          subject: message.subject,
          text: message.text,
          html: message.html,
          date: new Date(message.createdAt),
          // The same at a second try, so that a mailbox can tell.
          messageId: `<${message.id}@${/@([^\s>]+)/.exec(from)?.[1] ?? 'localhost'}>`,
          // RFC 3834: no holiday replies.
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        .catch((error: unknown) => {
          throw isRefusal(error) ? new MessageRefused('The mail server refused', { cause: error }) : error
        })
    },
    close() {
      void opening?.then((transport) => transport.close())
    },
  }
}

/** A line break in a header would start another header, or the body. */
function checkHeader(value: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\x00-\x1f\x7f]/.test(value)) throw new MessageRefused('Control characters in a header')
}

/** 5xx about the recipient or the content (RFC 5321 section 4.2.1); a wrong password may be put right. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('responseCode' in error)) return false
  return (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && Number(error.responseCode) >= 500
}
