import { writeAddress, type ReceivedEmail } from './inbox.ts';
import { printQuote } from './print-quote.ts';

/** An email as its recipient got it, in its text form. */
export function showEmail({ from, to, subject, text }: ReceivedEmail): void {
  const header = [
    `From:    ${from.map(writeAddress).join(', ')}`,
    `To:      ${to.map(writeAddress).join(', ')}`,
    `Subject: ${subject}`,
  ];
  printQuote([...header, '', ...text.trim().split(/\r?\n/)]);
}
