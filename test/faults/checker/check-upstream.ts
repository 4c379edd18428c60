import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts } from './read-facts.ts';

type Report = Findings['report'];

/**
 * I8: at most one billing entity per group, ours and theirs are the same, and never more calls upstream
 * at once than were allowed.
 */
export function checkUpstream(evidence: Evidence, facts: Facts, { report }: Findings): void {
  checkEntities(evidence, facts, report);
  checkRows(evidence, facts, report);
  checkProvisioned(evidence, facts, report);
  checkCallsAtOnce(evidence, report);
}

function checkEntities({ upstream }: Evidence, { groups }: Facts, report: Report): void {
  const orgOf = new Map(groups.map(({ id, org_id }) => [id, org_id]));
  for (const [groupId, entities] of Map.groupBy(upstream.entities, (each) => each.groupId)) {
    const ids = entities.map(({ id }) => id).join(', ');
    if (entities.length > 1)
      report('I8', `group ${groupId} has ${entities.length} entities: ${ids}`);
    const foreign = entities.filter(({ orgId }) => orgId !== orgOf.get(groupId ?? ''));
    if (foreign.length > 0) report('I8', `entity ${ids} is not of the organization of ${groupId}`);
    if (upstream.unbillable.includes(groupId ?? '')) {
      report('I8', `group ${groupId} was refused, and has entity ${ids}`);
    }
  }
}

/** What we have on record is there, and what we once had on record did not change. */
function checkRows(
  { upstream }: Evidence,
  { entities, entityChanges }: Facts,
  report: Report,
): void {
  const rows = new Map(entities.map((row) => [row.group_id, row]));
  const there = new Map(upstream.entities.map((each) => [each.id, each]));
  for (const { group_id, state, upstream_id } of entities) {
    if (state !== 'provisioned') continue;
    if (there.get(upstream_id ?? '')?.groupId !== group_id) {
      report('I8', `group ${group_id} is provisioned as ${upstream_id}, which is not there`);
    }
  }
  for (const { id, groupId } of upstream.entities) {
    // Its name in our tables is written before anything is asked for.
    if (!rows.has(groupId ?? '')) report('I8', `entity ${id} of ${groupId} is on no record`);
  }
  for (const { id, before, after } of entityChanges) {
    const kept = before?.state !== 'provisioned' || before.upstream_id === after?.upstream_id;
    if (!kept) report('I8', `group ${id} was ${before?.upstream_id} and is ${after?.upstream_id}`);
    if (before && !after) report('I8', `the record of group ${id} is gone`);
  }
}

/** An outcome that says so is so: upstream first, then in our tables, the group's flag included. */
function checkProvisioned({ upstream }: Evidence, facts: Facts, report: Report): void {
  const theirs = new Map(upstream.entities.map((each) => [each.groupId, each]));
  const ours = new Map(facts.entities.map((each) => [each.group_id, each]));
  const groups = new Map(facts.groups.map((each) => [each.id, each]));
  const succeeded = facts.outcomes.filter(({ code }) => PROVISIONED.has(code));
  for (const { job_id, target_id, code, committed_at } of succeeded) {
    const about = `group ${target_id} of job ${job_id} is ${code}`;
    const entity = theirs.get(target_id);
    const row = ours.get(target_id);
    if (!entity) report('I8', `${about}, and has no entity`);
    else if (entity.createdAt > committed_at + 1)
      report('I8', `${about} before its entity was made`);
    if (row?.state !== 'provisioned' || row.upstream_id !== entity?.id) {
      report('I8', `${about}, and its row says ${row?.state} ${row?.upstream_id}`);
    }
    if (!groups.get(target_id)?.billing_enabled) report('I8', `${about}, and its flag is not set`);
  }
  const provisioned = new Set(succeeded.map(({ target_id }) => target_id));
  for (const { id, billing_enabled } of facts.groups) {
    if (billing_enabled && !provisioned.has(id)) {
      report('I8', `group ${id} has its flag, and no outcome says why`);
    }
  }
}

const PROVISIONED = new Set(['provisioned', 'already_provisioned']);

// A lease lives 10 s and is renewed every 3 s: the earliest that others may take over what a suspended
// process has begun; and how soon it gives up its calls once it goes on.
const TAKEN_OVER_MS = 6_000;
const GIVEN_UP_MS = 2_000;

/** Nobody can close the calls of a process that is suspended: while they count, nothing is judged. */
function checkCallsAtOnce({ upstream, standstills, stretch }: Evidence, report: Report): void {
  const { concurrency, calls } = upstream;
  for (const { at, inFlight, operation, groupId } of calls) {
    if (inFlight <= concurrency) continue;
    const excused = standstills.some(
      ({ from, to }) =>
        at >= from + TAKEN_OVER_MS &&
        at <= (to ?? Number.POSITIVE_INFINITY) + GIVEN_UP_MS * stretch,
    );
    if (excused) continue;
    const what = `${operation} of ${groupId} came when ${inFlight} calls were open`;
    report('I8', `${what}, with ${concurrency} allowed`);
  }
}
