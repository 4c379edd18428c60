import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Decision, Facts, JobRow, OutcomeRow, SendingRow } from './read-facts.ts';
import { askedOf, beginsOf, isAnswered, roundsOf } from './rounds.ts';

type Report = Findings['report'];

/** One who is to be told of a job's end: who was invited, or who wanted a report. */
interface Recipient {
  job: JobRow;
  outcomes: OutcomeRow[];
  subjectId: string;
  /** Emails of theirs that were decided on, and the sendings that are left of them. */
  decisions: Decision[];
  sendings: SendingRow[];
}

/**
 * I6: at the end of each round one email is decided on, in the transaction of its last outcome, where
 * there is something to tell, if none went yet or the round was told to send one; one for each answered
 * resend of an invitation; and no other.
 */
export function checkDecisions(evidence: Evidence, facts: Facts, { report }: Findings): void {
  for (const recipient of recipientsOf(facts)) {
    for (const round of roundsOf(recipient.job)) checkRound(facts, recipient, round, report);
    checkOthers(evidence, recipient, report);
    checkResent(evidence, facts, recipient, report);
  }
}

function recipientsOf(facts: Facts): Recipient[] {
  const outcomes = Map.groupBy(facts.outcomes, ({ job_id }) => job_id);
  const decisions = Map.groupBy(facts.decisions, ({ after }) => after?.subject_id);
  const sendings = Map.groupBy(facts.sendings, ({ subject_id }) => subject_id);
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  const about = (job: JobRow, subjectId: string): Recipient => ({
    job,
    outcomes: outcomes.get(job.id) ?? [],
    subjectId,
    decisions: decisions.get(subjectId) ?? [],
    sendings: sendings.get(subjectId) ?? [],
  });
  return [
    ...facts.invitations.flatMap(({ id, job_id }) => {
      const job = jobs.get(job_id);
      return job ? [about(job, id)] : [];
    }),
    ...facts.jobs.filter(({ billing }) => billing).map((job) => about(job, job.id)),
  ];
}

/** Which round of its job ended with this decision; undefined: none did. */
export const roundOf = (
  outcomes: readonly OutcomeRow[],
  decision: Pick<Decision, 'xid' | 'after'>,
): number | undefined =>
  outcomes.find(({ xid, job_id }) => xid === decision.xid && job_id === decision.after?.job_id)
    ?.round;

function checkRound(
  { jobChanges, invites }: Facts,
  { job, outcomes, subjectId, decisions, sendings }: Recipient,
  round: number,
  report: Report,
): void {
  const mine = outcomes.filter((outcome) => outcome.round === round);
  if (round === job.round && !job.finished) return;
  const end = Math.max(...mine.map(({ committed_at }) => committed_at));
  const decided = decisions.filter((decision) => roundOf(outcomes, decision) === round);
  const about = `${decided.length} emails were decided on for ${subjectId}, job ${job.id}, round ${round}`;
  for (const { committed_at } of decided) {
    if (committed_at < end) report('I6', `${about}, before its last outcome`);
  }
  const by = outcomes.filter((outcome) => outcome.round <= round);
  const something = job.billing
    ? job.billing.notify_email !== null
    : by.some(({ status }) => status === 'succeeded');
  const again = jobChanges.some(
    ({ id, after }) => id === job.id && after?.round === round && after.resend_email,
  );
  const times = new Map(decisions.map(({ id, committed_at }) => [id, committed_at]));
  const earlier = sendings.filter(({ id }) => (times.get(id) ?? 0) < end);
  const failed = earlier.filter(({ state }) => state === 'failed');
  const allFailed = failed.length === earlier.length;
  // One that was sent again by hand may have failed only after this round was over.
  const mayHavePended = failed.some(({ job_id }) => job_id === null);
  const due = something && (again || allFailed) ? 1 : 0;
  // Of what nobody can accept any more nothing is sent again.
  const mayHaveClosed =
    !job.billing &&
    earlier.length > 0 &&
    !invites.some(
      ({ invitation_id, state, committed_at }) =>
        invitation_id === subjectId && (state === 'pending' || committed_at > end),
    );
  const least = mayHaveClosed || (mayHavePended && !again) ? 0 : due;
  if (decided.length < least || decided.length > due) report('I6', `${about}, not ${due}`);
}

/** What no round ended with: a redrive had nothing to try, and was told to send the email again. */
function checkOthers(
  evidence: Evidence,
  { job, outcomes, subjectId, decisions }: Recipient,
  report: Report,
): void {
  const others = decisions.filter(
    (decision) => decision.after?.job_id !== null && roundOf(outcomes, decision) === undefined,
  );
  const asked = askedOf(evidence, { verb: 'redrive', id: job.id }).filter(
    ({ resendEmail }) => resendEmail,
  );
  if (others.length > asked.length) {
    report('I6', `${others.length} more emails were decided on for ${subjectId}, job ${job.id}`);
  }
}

/** What was asked for by hand: one for each, while something was left to accept and nothing under way. */
function checkResent(
  evidence: Evidence,
  facts: Facts,
  { job, outcomes, subjectId, decisions }: Recipient,
  report: Report,
): void {
  const resent = decisions.filter(({ after }) => after?.job_id === null);
  const asked = askedOf(evidence, { verb: 'resend', id: subjectId });
  const answered = asked.filter(isAnswered).length;
  if (resent.length < answered || resent.length > asked.length) {
    const told = `${answered} of ${asked.length} resends were answered`;
    report('I6', `${resent.length} emails of ${subjectId} were sent again, and ${told}`);
  }
  const begins = beginsOf(facts, job.id);
  for (const { committed_at: at } of resent) {
    const open = facts.invites.some(
      ({ invitation_id, state, committed_at }) =>
        invitation_id === subjectId && (state === 'pending' || committed_at >= at),
    );
    if (!open) report('I6', `${subjectId} was sent again, and nothing of it was open`);
    const underWay = outcomes.some(
      ({ round, committed_at }) => (begins.get(round) ?? 0) < at && committed_at > at,
    );
    if (underWay) report('I6', `${subjectId} was sent again while job ${job.id} was under way`);
  }
}
