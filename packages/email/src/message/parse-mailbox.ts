import addressparser from 'nodemailer/lib/addressparser';
import { cleanLine } from './clean-line.ts';
import { parseAddress } from './parse-address.ts';

export type Mailbox = { name: string; address: string };

/** `Name <address>` or `address`, from our own configuration. Throws a TypeError that names `option`. */
export function parseMailbox(option: string, text: string, defaultName: string): Mailbox {
  const [mailbox, ...others] = addressparser(text, { flatten: true });
  const address = parseAddress(mailbox?.address ?? '');
  if (!mailbox || address === undefined || others.length > 0) {
    throw new TypeError(`${option} must be one address, like Product <no-reply@example.com>`);
  }
  return { name: cleanLine(mailbox.name || defaultName), address };
}
