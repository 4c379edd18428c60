import type { Evidence, Steered } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, JobChange } from './read-facts.ts';
import { askedOf } from './rounds.ts';

type Report = Findings['report'];
type Flag = 'canceled' | 'paused';

/**
 * I2: what steers a job sets the flag that it says, by the time it is answered; no flag is set, and no
 * target canceled, that nobody asked for; what is revoked is revoked, and nothing else is.
 */
export function checkSteering(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const changes = Map.groupBy(facts.jobChanges, ({ id }) => id);
  for (const steered of evidence.steered) {
    checkStatuses(steered, report);
    const flag = FLAGS[steered.verb];
    if (flag) checkFlag(steered, flag, changes.get(steered.id) ?? [], report);
  }
  for (const change of facts.jobChanges) checkAsked(evidence, change, report);
  checkCanceled(facts, changes, report);
  checkRevoked(evidence, facts, report);
}

/** What an answer 200 says of its job. */
const FLAGS: Partial<Record<Steered['verb'], { flag: Flag; is: boolean }>> = {
  cancel: { flag: 'canceled', is: true },
  pause: { flag: 'paused', is: true },
  resume: { flag: 'paused', is: false },
};

function checkStatuses({ verb, id, tries }: Steered, report: Report): void {
  const done = verb === 'resend' ? 202 : 200;
  for (const { status } of tries) {
    if (status !== null && status < 502 && ![done, 409, 429].includes(status)) {
      report('I2', `${verb} of ${id} was answered ${status}`);
    }
  }
}

/** The flag was as it was told at some moment while it was asked for. */
function checkFlag(
  { verb, id, tries }: Steered,
  { flag, is }: { flag: Flag; is: boolean },
  changes: readonly JobChange[],
  report: Report,
): void {
  const times = [Number.NEGATIVE_INFINITY, ...changes.map(({ committed_at }) => committed_at)];
  const values = [false, ...changes.map(({ after }) => after?.[flag])];
  for (const { status, from, to } of tries) {
    if (status !== 200) continue;
    const so = values.some((value, index) => {
      const until = times[index + 1] ?? Number.POSITIVE_INFINITY;
      return value === is && (times[index] ?? 0) <= to + 1 && until >= from - 1;
    });
    if (!so) report('I2', `${verb} of job ${id} was answered 200, and it never was ${flag}: ${is}`);
  }
}

function checkAsked(
  evidence: Evidence,
  { id, before, after, committed_at: by }: JobChange,
  report: Report,
): void {
  if (!before || !after) return;
  const asked = (verb: Steered['verb']) => askedOf(evidence, { verb, id, by }).length > 0;
  const set = (flag: Flag) => !before[flag] && after[flag];
  if (set('canceled') && !asked('cancel'))
    report('I2', `nobody asked for job ${id} to be canceled`);
  if (set('paused') && !asked('pause')) report('I2', `nobody asked for job ${id} to be paused`);
  if (before.round !== after.round) {
    if (!asked('redrive')) report('I2', `nobody asked for round ${after.round} of job ${id}`);
    if (after.canceled || after.paused) report('I2', `round ${after.round} of ${id} began stopped`);
  } else if (before.paused && !after.paused && !asked('resume')) {
    report('I2', `nobody asked for job ${id} to be resumed`);
  }
}

/** A target is canceled in a round that was, after it was. */
function checkCanceled(
  { outcomes }: Facts,
  changes: ReadonlyMap<string, readonly JobChange[]>,
  report: Report,
): void {
  for (const { job_id, round, position, status, code, committed_at } of outcomes) {
    if ((status === 'canceled') !== (code === 'canceled')) {
      report('I2', `target ${position} of job ${job_id} is ${status} as ${code}`);
    }
    if (status !== 'canceled') continue;
    const stopped = (changes.get(job_id) ?? []).some(
      ({ after, committed_at: at }) =>
        after?.round === round && after.canceled && at <= committed_at,
    );
    if (!stopped) report('I2', `target ${position} of job ${job_id} was canceled, the job was not`);
  }
}

/** Whatever was pending of an invitation is not, once its revocation was answered. */
function checkRevoked(evidence: Evidence, { invites, outcomes }: Facts, report: Report): void {
  const made = new Map(
    outcomes.flatMap(({ detail, committed_at }) =>
      detail?.invite_id === undefined ? [] : [[detail.invite_id, committed_at] as const],
    ),
  );
  for (const { id, invitation_id, state, committed_at } of invites) {
    const asked = askedOf(evidence, { verb: 'revoke', id: invitation_id });
    const before = askedOf(evidence, { verb: 'revoke', id: invitation_id, by: committed_at });
    if (state === 'revoked' && before.length === 0) {
      report('I2', `nobody asked for invite ${id} to be revoked`);
    }
    const since = made.get(id) ?? Number.POSITIVE_INFINITY;
    const revoked = asked
      .flatMap(({ tries }) => tries)
      .some(({ status, from }) => status === 200 && from > since);
    if (state === 'pending' && revoked) report('I2', `invite ${id} is pending, and was revoked`);
  }
}
