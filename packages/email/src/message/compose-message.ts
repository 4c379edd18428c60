import MailComposer from 'nodemailer/lib/mail-composer';
import type { OutgoingEmail } from '../mailer.ts';
import { renderContent } from '../templates/render-content.ts';
import { InvalidEmail } from './invalid-email.ts';
import { parseAddress } from './parse-address.ts';
import type { Mailbox } from './parse-mailbox.ts';

export type Sender = { from: Mailbox; replyTo: Mailbox | undefined; productName: string };
export type ComposedMessage = { envelope: { from: string; to: string }; content: Buffer };

/** The email as it goes over the wire. Throws `InvalidEmail` if it can never be sent. */
export async function composeMessage(
  sender: Sender,
  email: OutgoingEmail,
): Promise<ComposedMessage> {
  const to = parseAddress(email.to);
  if (to === undefined) throw new InvalidEmail('invalid_address', 'Not one valid email address');
  if (!/^[!#-;=?A-Z^-~]+@[!#-;=?A-Z^-~]+$/.test(email.messageId)) {
    throw new InvalidEmail('invalid_email', 'The message id must look like local@domain');
  }
  const { subject, html, text } = renderContent(email.content, sender.productName);
  const message = new MailComposer({
    from: sender.from,
    replyTo: sender.replyTo,
    to: { name: '', address: to },
    subject,
    text,
    html,
    ...(isMostlyAscii(text) && { textEncoding: 'quoted-printable' }),
    messageId: `<${email.messageId}>`,
    date: new Date(),
    // RFC 3834: keeps out-of-office replies, and loops with other machines, away from the sender.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const envelope = message.getEnvelope();
  const [recipient, ...others] = envelope.to;
  if (!envelope.from || !recipient || others.length > 0) {
    throw new InvalidEmail('invalid_address', 'Not one valid email address');
  }
  return { envelope: { from: envelope.from, to: recipient }, content: await message.build() };
}

/** Nodemailer finds out by counting letters, two times for each part: a sixth of what it takes. */
const isMostlyAscii = (text: string) => Buffer.byteLength(text) < 1.1 * text.length;
