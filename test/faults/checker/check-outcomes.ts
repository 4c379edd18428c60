import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, JobRow, OutcomeRow } from './read-facts.ts';

/** I2: nothing is left to do, and each target of each job has one outcome in its first round: one that it deserves. */
export function checkOutcomes(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const byJob = Map.groupBy(facts.outcomes, (outcome) => outcome.job_id);
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  for (const job of facts.jobs) {
    if (!job.finished) {
      const paused = job.paused ? ', paused' : '';
      report('I2', `job ${job.id} is unfinished, ${job.remaining} remain${paused}`);
    }
    const found = (byJob.get(job.id) ?? []).filter(({ round }) => round === 1);
    const seen = found.map(({ position, target_id }) => `${position} ${target_id}`);
    const due = job.target_ids.map((id, position) => `${position} ${id}`);
    const over = job.finished || job.round > 1;
    if (over && seen.join() !== due.join()) {
      report('I2', `job ${job.id} has ${found.length} outcomes for ${due.length} targets`);
    }
  }
  for (const outcome of facts.outcomes) {
    const job = jobs.get(outcome.job_id);
    if (!job) report('I2', `an outcome belongs to job ${outcome.job_id}, which does not exist`);
    else if (job.invite)
      checkTarget(evidence, facts, { ...job, invite: job.invite }, outcome, report);
  }
  checkSharedTargets(facts, jobs, report);
  checkEffects(facts, report);
}

/** Who asked for that is another check's. */
const CANCELED = 'canceled canceled';

/** What no other job has a say in, of bulk invites. */
function checkTarget(
  { poison }: Evidence,
  { targets }: Facts,
  job: JobRow & { invite: NonNullable<JobRow['invite']> },
  outcome: OutcomeRow,
  report: Findings['report'],
): void {
  const target = targets.get(outcome.target_id);
  const exists = target?.org_id === job.org_id && target.of === job.invite.target;
  const expected = !exists
    ? ['failed not_found']
    : poison.includes(outcome.target_id)
      ? ['failed internal_error']
      : [
          job.invite.method === 'direct' ? 'succeeded added' : 'succeeded invited',
          'failed already_member',
          ...(job.invite.method === 'email' ? ['failed already_invited'] : []),
        ];
  const got = `${outcome.status} ${outcome.code}`;
  if (got !== CANCELED && !expected.includes(got)) {
    const what = `${exists ? 'existing' : 'unknown'} target ${outcome.target_id} of job ${job.id}`;
    report('I2', `${what}, position ${outcome.position}, ended ${got} (${outcome.message})`);
  }
}

/** Jobs for one address and target: one of them wins, and the others say rightly why they did not. */
function checkSharedTargets(
  facts: Facts,
  jobs: Map<string, JobRow>,
  report: Findings['report'],
): void {
  const existing = facts.outcomes.filter(
    ({ job_id, target_id, code }) =>
      jobs.get(job_id)?.invite && facts.targets.has(target_id) && !OF_NOBODY.has(code),
  );
  const groups = Map.groupBy(existing, ({ job_id, target_id }) => {
    const job = jobs.get(job_id);
    return `${job?.org_id} ${job?.invite?.email} ${target_id}`;
  });
  const members = new Set(
    facts.members.map((each) => `${each.org_id} ${each.email} ${each.target_id}`),
  );
  const revoked = Map.groupBy(
    facts.invites.filter(({ state }) => state === 'revoked'),
    ({ job_id, email, target_id }) => `${jobs.get(job_id)?.org_id} ${email} ${target_id}`,
  );
  for (const [where, outcomes] of groups) {
    const count = (code: string) => outcomes.filter((outcome) => outcome.code === code).length;
    if (count('added') + count('invited') === 0) report('I2', `nobody succeeded at ${where}`);
    // What was revoked makes room for another.
    const standing = count('invited') - (revoked.get(where) ?? []).length;
    if (count('added') > 1 || standing > 1) {
      report('I2', `${count('added')} added and ${count('invited')} invited at ${where}`);
    }
    if (count('already_invited') > 0 && count('invited') === 0) {
      report('I2', `already_invited without an invite at ${where}`);
    }
    if (count('already_member') > 0 && !members.has(where)) {
      report('I2', `already_member without a membership at ${where}`);
    }
  }
}

const OF_NOBODY = new Set(['not_found', 'internal_error', 'canceled']);

/** A success is in the tables, and nothing is in the tables that no success explains. */
function checkEffects(facts: Facts, report: Findings['report']): void {
  const members = new Set(facts.members.map((each) => `${each.user_id} ${each.target_id}`));
  const invites = new Map(facts.invites.map((each) => [each.id, each]));
  const explained = new Set<string>();
  const invited = new Set<string>();
  for (const { code, detail, target_id, job_id } of facts.outcomes) {
    if (code === 'added') {
      const member = `${detail?.user_id} ${target_id}`;
      explained.add(member);
      if (!members.has(member))
        report('I2', `added to ${target_id}, but no member (job ${job_id})`);
    } else if (code === 'invited') {
      const invite = invites.get(detail?.invite_id ?? '');
      invited.add(detail?.invite_id ?? '');
      if (invite?.job_id !== job_id || invite.target_id !== target_id) {
        report('I2', `invited to ${target_id}, but no invite (job ${job_id})`);
      }
    }
  }
  const accepted = new Set(
    facts.invites
      .filter(({ state }) => state === 'accepted')
      .map(({ email, target_id }) => `${email} ${target_id}`),
  );
  for (const { user_id, target_id, email } of facts.members) {
    if (!explained.has(`${user_id} ${target_id}`) && !accepted.has(`${email} ${target_id}`)) {
      report('I2', `${email} is a member of ${target_id}, which no outcome explains`);
    }
  }
  for (const invite of facts.invites) {
    if (!invited.has(invite.id)) report('I2', `invite ${invite.id} exists without an outcome`);
  }
}
