import { printLine } from '../print.ts';
import { writeAddress, type ReceivedEmail } from './inbox.ts';

/** An email as its recipient got it, in its text form. */
export function showEmail({ from, to, subject, text }: ReceivedEmail): void {
  const header = [
    `From:    ${from.map(writeAddress).join(', ')}`,
    `To:      ${to.map(writeAddress).join(', ')}`,
    `Subject: ${subject}`,
  ];
  printLine();
  for (const line of [...header, '', ...text.trim().split(/\r?\n/)]) printLine(`  │ ${line}`);
  printLine();
}
