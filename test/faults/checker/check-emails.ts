import { roundOf } from './check-decisions.ts';
import { checkNotice } from './check-notices.ts';
import type { AcceptedMail, Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Decision, Facts, JobRow, OutcomeRow, SendingRow } from './read-facts.ts';
import { beginsOf, countsOf, latestOf, roundsOf } from './rounds.ts';

/**
 * I5: one accepted email per sending, plus at most one per recorded ambiguity; none that nobody decided
 * on; to the right address, naming what is pending. I6: accepted once its round is over, and no later one
 * has begun.
 */
export function checkEmails(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const received = Map.groupBy(evidence.mails, ({ messageId }) => messageId);
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  const invited = new Map(facts.invitations.map(({ id, job_id }) => [id, job_id]));
  for (const sending of facts.sendings) {
    const mails = received.get(`<${sending.message_id}>`) ?? [];
    received.delete(`<${sending.message_id}>`);
    checkCount(evidence, sending, mails.length, report);
    if (sending.purpose === 'endpoint-disabled') {
      checkNotice(evidence, facts, sending, mails, report);
      continue;
    }
    // One that was sent again by hand belongs to no job, but to its invitation.
    const job = jobs.get(sending.job_id ?? invited.get(sending.subject_id) ?? '');
    if (!job || sending.recipient !== (job.invite?.email ?? job.billing?.notify_email)) {
      report('I5', `sending ${sending.id} goes to ${sending.recipient}, not to its job's address`);
      continue;
    }
    const decision = facts.decisions.find(({ id }) => id === sending.id);
    const decided = decision?.committed_at ?? Number.POSITIVE_INFINITY;
    const outcomes = facts.outcomes.filter(({ job_id }) => job_id === job.id);
    const rounds = beginsOf(facts, job.id);
    for (const mail of mails) {
      if (mail.to !== sending.recipient) report('I5', `${mail.messageId} reached ${mail.to}`);
      if (job.invite) checkNames(facts, outcomes, decided, mail, report);
      else checkReport(job, outcomes, sending, decision, mail.text, report);
      // Two clocks of one machine, of which one counts whole milliseconds.
      if (mail.at < decided - 1) {
        report('I6', `${mail.messageId} was accepted ${decided - mail.at} ms before it was due`);
      }
      const withdrawn = [...rounds.values()].some((at) => at > decided && at < mail.at - 1);
      // What may have arrived goes its way; what was sent again by hand is not a round's to take back.
      if (withdrawn && sending.ambiguities === 0 && sending.job_id !== null) {
        report('I6', `${mail.messageId} was accepted in a round that had to decide on it anew`);
      }
    }
  }
  for (const [messageId, mails] of received) {
    report('I5', `nobody decided on ${messageId} to ${mails[0]?.to}`);
  }
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
  // Held; or three processes died at it; or the copy that may have come was accepted before the next,
  // or the next was refused for good.
  const answered = mayFail && ambiguities > 0;
  const mayBeUnknown = (ambiguity === 'hold' && ambiguities > 0) || ambiguities >= 3 || answered;
  if (state === 'unknown' && !mayBeUnknown) report('I5', `${about}: ${last_code}`);
}

const LINE = /^- (.+) \((website|group), (?:viewer|admin)\)$/gm;

/**
 * It names what is pending of its invitation: all that was so from its decision to its acceptance, and
 * nothing that was accepted or revoked before.
 */
function checkNames(
  facts: Facts,
  outcomes: readonly OutcomeRow[],
  decided: number,
  { at, text }: AcceptedMail,
  report: Findings['report'],
): void {
  const named = [...text.matchAll(LINE)].map((match) => `${match[2]} ${match[1]}`);
  const invites = new Map(facts.invites.map((invite) => [invite.id, invite]));
  const may = latestOf(outcomes).flatMap(({ status, target_id, detail, committed_at: made }) => {
    const invite = invites.get(detail?.invite_id ?? '');
    if (status !== 'succeeded' || !invite || made > at + 1) return [];
    const ended = invite.state === 'pending' ? Number.POSITIVE_INFINITY : invite.committed_at;
    if (ended < decided) return [];
    const target = facts.targets.get(target_id);
    const must = made <= decided && ended > at + 1;
    return [{ name: `${target?.of} ${target?.name}`, must }];
  });
  const due = may.filter(({ name, must }) => must || named.includes(name)).map(({ name }) => name);
  if (named.length === 0 || named.join('\n') !== due.join('\n')) {
    const job = outcomes[0]?.job_id;
    report('I5', `the email of job ${job} names ${named.length}, where ${due.length} are pending`);
  }
}

/** The report of a job of many groups says what became of them, by the end of its round. */
function checkReport(
  job: JobRow,
  outcomes: readonly OutcomeRow[],
  { ambiguities }: SendingRow,
  decision: Decision | undefined,
  text: string,
  report: Findings['report'],
) {
  const round = decision && roundOf(outcomes, decision);
  // What may have arrived is not withdrawn, and its next copy says how things are by then.
  if (ambiguities > 0 && job.round > 1) return;
  const rounds = round === undefined ? roundsOf(job) : [round];
  const due = rounds.map((each) => {
    const { succeeded, failed, canceled } = countsOf(outcomes, each);
    const more = canceled > 0 ? `, ${canceled} canceled` : '';
    return `${groups(job.total)}: ${succeeded} succeeded, ${failed} failed${more}.`;
  });
  if (!due.some((counts) => text.includes(counts))) {
    report('I6', `the report of job ${job.id} does not say ${due.join(' or ')}`);
  }
}

const groups = (count: number): string => (count === 1 ? '1 group' : `${count} groups`);
