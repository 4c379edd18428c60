import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { EndpointRow, EventRow, Facts, JobRow, OutcomeRow } from './read-facts.ts';
import { countsOf, roundsOf } from './rounds.ts';

type Report = Findings['report'];

/** A fact that somebody wants to be told. */
interface Due {
  what: string;
  listeners: EndpointRow[];
  /** How often it happened; once unless said. */
  times?: number;
  /** What is wrong with what is told; undefined: nothing. */
  fault(event: EventRow): string | undefined;
}

/**
 * I7: whatever happened that somebody listens for is one event, says what happened, and has one delivery
 * for each of those who listen and for nobody else; and nothing is told that did not happen.
 */
export function checkEvents(evidence: Evidence, facts: Facts, { report }: Findings): void {
  checkEndpoints(evidence, facts, report);
  const due = new Map([...jobsDue(facts), ...failuresDue(facts), ...othersDue(facts)]);
  const told = Map.groupBy(facts.events, keyOf);
  for (const [key, { what, listeners, times = 1 }] of due) {
    const count = told.get(key)?.length ?? 0;
    const wanted = listeners.length > 0 ? times : 0;
    if (count !== wanted) report('I7', `${count} events tell that ${what}, not ${wanted}`);
  }
  const deliveries = Map.groupBy(facts.deliveries, ({ event_id }) => event_id);
  const names = new Map(facts.endpoints.map(({ id, url }) => [id, url]));
  for (const event of facts.events) {
    const about = `event ${event.id} (${event.type})`;
    const it = due.get(keyOf(event));
    if (!it) {
      report('I7', `${about} tells of what did not happen: ${JSON.stringify(event.data)}`);
      continue;
    }
    const fault = it.fault(event);
    if (fault !== undefined) report('I7', `${about} says ${fault}: ${JSON.stringify(event.data)}`);
    const mine = deliveries.get(event.id) ?? [];
    const to = mine.map(({ endpoint_id }) => endpoint_id).sort();
    const wanted = it.listeners.map(({ id }) => id).sort();
    if (to.join() !== wanted.join() || mine.some(({ org_id }) => org_id !== event.org_id)) {
      const urls = (ids: string[]) => ids.map((id) => names.get(id) ?? id).join(', ');
      report('I7', `${about} goes to ${urls(to)}, not to ${urls(wanted)}`);
    }
  }
}

/** What was registered, or named with an acknowledged job, is there as it was meant, and nothing else. */
function checkEndpoints(evidence: Evidence, facts: Facts, report: Report): void {
  const asked = new Map(evidence.asked.map((request) => [request.tag, request]));
  const callbacks = facts.jobs.flatMap(({ id, org_id, request_id }) => {
    const url = asked.get(request_id ?? '')?.callback;
    return url === undefined ? [] : [`${org_id} ${id} ${url} ${CALLBACK_TYPES.join()} false`];
  });
  const wanted = [
    ...evidence.webhooks.endpoints.map(
      ({ orgId, url, eventTypes, inOrder }) =>
        `${orgId} null ${url} ${eventTypes.join()} ${inOrder}`,
    ),
    ...callbacks,
  ].sort();
  const there = facts.endpoints
    .map(
      (row) => `${row.org_id} ${row.job_id} ${row.url} ${row.event_types.join()} ${row.in_order}`,
    )
    .sort();
  for (const one of wanted) if (!there.includes(one)) report('I7', `there is no endpoint ${one}`);
  if (there.length !== wanted.length) {
    report('I7', `there are ${there.length} endpoints, ${wanted.length} were asked for`);
  }
}

const CALLBACK_TYPES = ['job.completed', 'job.canceled'];

const keyOf = ({ type, job_id, round, position, data }: EventRow): string => {
  if (job_id !== null) return `${type} ${job_id} ${round} ${position}`;
  return `${type} ${String(data.endpoint_id ?? data.invitation_id)}`;
};

const listenersOf = (
  { endpoints }: Facts,
  { org_id, type, job_id }: { org_id: string; type: string; job_id: string | null },
): EndpointRow[] =>
  endpoints.filter(
    (each) =>
      each.org_id === org_id &&
      each.event_types.includes(type) &&
      (each.job_id === null || each.job_id === job_id),
  );

/** The end of each round of each job. */
function jobsDue(facts: Facts): Array<[string, Due]> {
  const outcomes = Map.groupBy(facts.outcomes, ({ job_id }) => job_id);
  return facts.jobs.flatMap((job) =>
    roundsOf(job)
      .filter((round) => job.finished || round < job.round)
      .map((round): [string, Due] => {
        const { id, org_id, total } = job;
        // The last one is what the job's row says; what it said before, its outcomes tell.
        const by = round === job.round ? job : countsOf(outcomes.get(id) ?? [], round);
        const { succeeded, failed, canceled } = by;
        const type = canceled > 0 ? 'job.canceled' : 'job.completed';
        const listeners = listenersOf(facts, { org_id, type, job_id: id });
        const counts = { total, pending: 0, retrying: 0, succeeded, failed, canceled };
        const fault = (event: EventRow) => faultOfJob(event, job, counts);
        return [`${type} ${id} ${round} null`, { what: `job ${id} finished`, listeners, fault }];
      }),
  );
}

function faultOfJob({ org_id, data }: EventRow, job: JobRow, counts: object): string | undefined {
  const told = data.job as { id: string; finished_at: string | null; counts: object };
  if (told.id !== job.id || org_id !== job.org_id) return 'that it is of another job';
  if (told.finished_at === null) return 'that the job goes on';
  const same = Object.entries(counts).every(
    ([name, count]) => (told.counts as Record<string, number>)[name] === count,
  );
  return same ? undefined : 'other counts than the job has';
}

/** Each target that failed. */
const failuresDue = (facts: Facts): Array<[string, Due]> => {
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  return facts.outcomes
    .filter(({ status, job_id }) => status === 'failed' && jobs.has(job_id))
    .map((outcome) => {
      const { job_id, round, position } = outcome;
      const { org_id } = jobs.get(job_id) as JobRow;
      const type = 'job.target_failed';
      const listeners = listenersOf(facts, { org_id, type, job_id });
      const fault = (event: EventRow) => faultOfFailure(event, outcome, org_id);
      const what = `target ${position} of job ${job_id} failed`;
      return [`${type} ${job_id} ${round} ${position}`, { what, listeners, fault }];
    });
};

function faultOfFailure(
  { org_id, data }: EventRow,
  { job_id, position, target_id, code, message, attempts }: OutcomeRow,
  orgId: string,
): string | undefined {
  const told = data.target as Record<string, unknown>;
  if (data.job_id !== job_id || org_id !== orgId) return 'that it is of another job';
  const same =
    told.position === position &&
    (told.website_id ?? told.group_id) === target_id &&
    told.code === code &&
    told.message === message &&
    told.attempts === attempts;
  return same ? undefined : `something else than outcome ${position}`;
}

/** Invitations that were accepted, and endpoints that we disabled. */
const othersDue = (facts: Facts): Array<[string, Due]> => {
  const due = (type: string, id: string, org_id: string, what: string): [string, Due] => [
    `${type} ${id}`,
    {
      what,
      listeners: listenersOf(facts, { org_id, type, job_id: null }),
      fault: (event) => (event.org_id === org_id ? undefined : 'it to another organization'),
    },
  ];
  const orgOf = new Map(facts.jobs.map(({ id, org_id }) => [id, org_id]));
  const acceptances = new Map<string, Set<number | null>>();
  for (const { invitation_id: id, state, decided_at } of facts.invites) {
    if (state === 'accepted')
      acceptances.set(id, (acceptances.get(id) ?? new Set()).add(decided_at));
  }
  return [
    ...facts.invitations
      .filter(({ accepted }) => accepted)
      .map(({ id, job_id }): [string, Due] => {
        const what = `invitation ${id} was accepted`;
        const [key, it] = due('invitation.accepted', id, orgOf.get(job_id) ?? '', what);
        // What later rounds added to it is accepted by itself.
        return [key, { ...it, times: acceptances.get(id)?.size ?? 1 }];
      }),
    ...facts.endpoints
      .filter(({ disabled, job_id }) => disabled && job_id === null)
      .map(({ id, org_id, url }) => due('endpoint.disabled', id, org_id, `${url} was disabled`)),
  ];
};
