import { checkNotice } from './check-notices.ts';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, JobRow, SendingRow } from './read-facts.ts';

/**
 * I5: one accepted email per sending, plus at most one per recorded ambiguity; none that nobody decided
 * on; to the right address, naming what succeeded. I6: accepted after the job's last outcome.
 */
export function checkEmails(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const received = Map.groupBy(evidence.mails, ({ messageId }) => messageId);
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  for (const sending of facts.sendings) {
    const mails = received.get(`<${sending.message_id}>`) ?? [];
    received.delete(`<${sending.message_id}>`);
    checkCount(evidence, sending, mails.length, report);
    if (sending.purpose === 'endpoint-disabled') {
      checkNotice(evidence, facts, sending, mails, report);
      continue;
    }
    const job = jobs.get(sending.job_id ?? '');
    if (!job || sending.recipient !== (job.invite?.email ?? job.billing?.notify_email)) {
      report('I5', `sending ${sending.id} goes to ${sending.recipient}, not to its job's address`);
      continue;
    }
    const last = Math.max(
      ...facts.outcomes.filter((each) => each.job_id === job.id).map((each) => each.committed_at),
    );
    for (const mail of mails) {
      if (mail.to !== sending.recipient) report('I5', `${mail.messageId} reached ${mail.to}`);
      if (job.invite) checkNames(facts, job, mail.text, report);
      else checkReport(job, mail.text, report);
      // Two clocks of one machine, of which one counts whole milliseconds.
      if (mail.at < last - 1) {
        report('I6', `${mail.messageId} was accepted ${last - mail.at} ms before its last outcome`);
      }
    }
  }
  for (const [messageId, mails] of received) {
    report('I5', `nobody decided on ${messageId} to ${mails[0]?.to}`);
  }
  checkDecisions(facts, report);
}

function checkCount(
  { refused, ambiguity }: Evidence,
  { id, state, ambiguities, recipient, last_code }: SendingRow,
  count: number,
  report: Findings['report'],
): void {
  const about = `sending ${id} to ${recipient} is ${state} with ${ambiguities} ambiguities`;
  const most = state === 'sent' ? 1 + ambiguities : ambiguities;
  if (state === 'pending') report('I2', `${about}: it never ended`);
  else if (count > most) report('I5', `${about}, and was accepted ${count} times`);
  if (state === 'sent' && count === 0) report('I5', `${about}, and was never accepted`);
  if (state === 'sent' && refused.includes(recipient)) report('I5', `${about}, and was refused`);
  const mayFail = refused.includes(recipient) || last_code === 'nothing_pending';
  if (state === 'failed' && !mayFail) report('I5', `${about}: ${last_code}`);
  // Held; or three processes died at it; or the copy that may have come was accepted before the next.
  const answered = last_code === 'nothing_pending' && ambiguities > 0;
  const mayBeUnknown = (ambiguity === 'hold' && ambiguities > 0) || ambiguities >= 3 || answered;
  if (state === 'unknown' && !mayBeUnknown) report('I5', `${about}: ${last_code}`);
}

const LINE = /^- (.+) \((website|group), (?:viewer|admin)\)$/gm;

function checkNames(facts: Facts, job: JobRow, text: string, report: Findings['report']): void {
  const named = [...text.matchAll(LINE)].map((match) => `${match[2]} ${match[1]}`);
  const succeeded = facts.outcomes
    .filter((outcome) => outcome.job_id === job.id && outcome.status === 'succeeded')
    .map(({ target_id }) => facts.targets.get(target_id))
    .map((target) => `${target?.of} ${target?.name}`);
  // Of one invitation all is accepted, or nothing: an email names everything, or is not sent.
  if (named.join('\n') !== succeeded.join('\n')) {
    report(
      'I5',
      `the email of job ${job.id} names ${named.length} of ${succeeded.length} successes`,
    );
  }
}

/** The report of a job of many groups says what became of them. */
function checkReport(
  { id, total, succeeded, failed }: JobRow,
  text: string,
  report: Findings['report'],
) {
  const counts = `${total} groups: ${succeeded} succeeded, ${failed} failed.`;
  if (!text.includes(counts)) report('I6', `the report of job ${id} does not say ${counts}`);
}

/** I6: every invitation with a success has one email decided on, every report asked for, and no other. */
function checkDecisions(facts: Facts, report: Findings['report']): void {
  const decided = Map.groupBy(facts.sendings, ({ subject_id }) => subject_id);
  const deserving = new Set(
    facts.outcomes.filter(({ status }) => status === 'succeeded').map(({ job_id }) => job_id),
  );
  for (const { id, job_id, email } of facts.invitations) {
    const count = decided.get(id)?.length ?? 0;
    const due = deserving.has(job_id) ? 1 : 0;
    if (count !== due) report('I6', `${count} emails were decided on for ${email}, job ${job_id}`);
  }
  for (const { id, billing } of facts.jobs) {
    if (!billing) continue;
    const count = decided.get(id)?.length ?? 0;
    const due = billing.notify_email === null ? 0 : 1;
    if (count !== due) report('I6', `${count} reports were decided on for job ${id}`);
  }
}
