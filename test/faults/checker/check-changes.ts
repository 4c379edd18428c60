import type { Asked, Evidence, Try } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, GroupChange } from './read-facts.ts';

type Report = Findings['report'];

/**
 * I8: what a PATCH asks for applies whole, in the transaction of its success, or not at all; and not
 * once its client was told 502.
 */
export function checkChanges(evidence: Evidence, facts: Facts, { report }: Findings): void {
  checkExplained(facts, report);
  for (const request of evidence.asked) {
    const name = request.billing?.name ?? null;
    if (name === null) continue;
    const tries = evidence.tries.filter(({ tag }) => tag === request.tag);
    // Nobody else gives this name: whoever gave it, did so for this request.
    const made = facts.groupChanges.filter(
      ({ before, after }) => after?.name === name && before?.name !== name,
    );
    checkTold(request, tries, made, report);
    for (const change of made) {
      if (change.id !== request.targetIds[0]) report('I8', `${name} became another group's name`);
      if (!change.after?.billing_enabled) report('I8', `${name} was set, and the flag was not`);
      if (!tries.some((each) => mayCause(each, change.committed_at, request.key, tries))) {
        const told = tries.map(({ status }) => status ?? 'nothing').join(', ');
        report('I8', `${name} was set at ${change.committed_at}, and its client was told ${told}`);
      }
    }
  }
}

/** Every write to a group belongs to a success of a job, commits with it, and does what that job asks. */
function checkExplained({ jobs, outcomes, groupChanges }: Facts, report: Report): void {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const succeeded = outcomes.filter(({ status }) => status === 'succeeded');
  const successes = Map.groupBy(succeeded, ({ xid, target_id }) => `${xid} ${target_id}`);
  for (const { id, xid, before, after } of groupChanges) {
    const mine = (successes.get(`${xid} ${id}`) ?? []).map(({ job_id }) => byId.get(job_id));
    const names = mine.map((job) => job?.billing?.change?.name ?? before?.name);
    if (!names.includes(after?.name)) {
      report('I8', `group ${id} was changed to ${JSON.stringify(after)}, and no success says so`);
    }
    if (before?.external_id !== after?.external_id || !after?.billing_enabled) {
      report('I8', `group ${id} lost something: ${JSON.stringify({ before, after })}`);
    }
  }
  const written = new Set(groupChanges.map(({ xid, id, after }) => `${xid} ${id} ${after?.name}`));
  for (const { xid, job_id, target_id } of succeeded) {
    const name = byId.get(job_id)?.billing?.change?.name;
    if (name !== undefined && !written.has(`${xid} ${target_id} ${name}`)) {
      report('I8', `job ${job_id} succeeded, and ${target_id} was not called ${name} with it`);
    }
  }
}

/** A client that was told 200 had all of it by then. */
function checkTold(request: Asked, tries: Try[], made: GroupChange[], report: Report): void {
  for (const { status, to } of tries) {
    if (status === 200 && !made.some(({ committed_at }) => committed_at <= to + 1)) {
      report('I8', `${request.tag} was answered 200, and ${request.billing?.name} was not set`);
    }
  }
}

/**
 * Whether this try may have led to a commit at that moment. One that was answered 502 may not; nor one
 * that ended before, under the same key, the request was answered 502: that spoke for all of it.
 */
function mayCause(tried: Try, committedAt: number, key: string | null, tries: Try[]): boolean {
  if (tried.status === 502 || tried.from > committedAt + 1) return false;
  if (tried.status === 200 && committedAt > tried.to + 1) return false;
  const takenBack = tries.some(
    ({ status, from, to }) => status === 502 && from >= tried.to && to < committedAt,
  );
  return key === null || !takenBack;
}
