import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts } from './read-facts.ts';

const WIDTH = 160;
/** Tokens are what emails are sent for; nothing else may stand in one. */
const NEVER_MAILED = (name: string) => name !== 'an accept token';

/** I11: no secret in a log, a stored message, a row that is shown to clients, or an error answer. */
export function checkSecrets(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const look = (where: string, text: string, of = (_name: string) => true) => {
    for (const { name, value } of evidence.secrets) {
      const at = text.indexOf(value);
      if (at < 0 || !of(name)) continue;
      const around = text.slice(Math.max(0, at - WIDTH), at + value.length + WIDTH);
      report('I11', `${name} stands in ${where}: … ${around.replaceAll(value, '[secret]')} …`);
    }
  };
  for (const { process, line } of evidence.lines) look(`a line of ${process}`, line);
  for (const text of evidence.queueTexts) look('the queue', text);
  for (const { name, text } of facts.texts) look(name, text);
  for (const { messageId, text } of evidence.mails) look(`email ${messageId}`, text, NEVER_MAILED);
  for (const { what, status, body } of evidence.answers) {
    if (status >= 400) look(`the answer ${status} to ${what}`, JSON.stringify(body));
  }
}
