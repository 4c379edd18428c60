import type { AcceptedMail, Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, SendingRow } from './read-facts.ts';

/**
 * I6: every endpoint that we disabled has one email for each time, where there is somebody to tell.
 */
export function checkNotices(
  { webhooks }: Evidence,
  { endpoints, sendings }: Facts,
  { report }: Findings,
): void {
  const notices = sendings.filter(({ purpose }) => purpose === 'endpoint-disabled');
  for (const { id, org_id, job_id, disablings } of endpoints) {
    const due = job_id === null && webhooks.contacts[org_id] ? disablings : 0;
    const count = notices.filter(({ subject_id }) => subject_id === id).length;
    if (count !== due)
      report('I6', `${count} emails were decided on for the end of endpoint ${id}`);
  }
}

/** Who is told that we disabled an endpoint: its organization's contact, of that endpoint. */
export function checkNotice(
  { webhooks }: Evidence,
  { endpoints }: Facts,
  { id, org_id, subject_id, recipient }: SendingRow,
  mails: readonly AcceptedMail[],
  report: Findings['report'],
): void {
  const endpoint = endpoints.find((each) => each.id === subject_id && each.org_id === org_id);
  if (!endpoint?.disabled) report('I5', `sending ${id} tells of an endpoint that is not disabled`);
  if (recipient !== webhooks.contacts[org_id]) report('I5', `sending ${id} goes to ${recipient}`);
  for (const { to, text } of mails) {
    if (to !== recipient || !text.includes(endpoint?.url ?? '')) {
      report('I5', `an email of sending ${id} reached ${to}, or does not name its endpoint`);
    }
  }
}
