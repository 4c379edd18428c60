import { newId, type Database } from '@usher/db';
import type { EventType, TEST_EVENT } from '@usher/contracts';
import { sql, type Kysely } from 'kysely';

/** A fact for customers, before anybody is told. */
export interface EventDraft {
  orgId: string;
  type: EventType | typeof TEST_EVENT;
  /** Without the sequence. Ids and counts, never all targets: the body stays under 20 KB. */
  data: object;
  /** Of an event of a job: told once for each round (and position), however often it is published. */
  job?: { id: string; round: number; position?: number };
}

interface Listener {
  orgId: string;
  id: string;
  jobId: string | null;
  gate: string;
  types: string[];
  disabled: boolean;
}

const ROWS_AT_ONCE = 1_000;

/** The lane of the queue, and the kind of task, that deliveries have. */
export const WEBHOOK = 'webhook';

/**
 * Tell everybody who wants to know, in the transaction (`trx`) that made it true: an event, a delivery for each
 * endpoint, and a task for each delivery. An endpoint that is disabled gets its delivery all the same,
 * as `disabled`, so that it can be recovered. What nobody wants to know leaves no trace.
 * @param only this endpoint, whatever it subscribed to.
 * @returns whether there is something to dispatch.
 */
export async function publishEvents(
  trx: Kysely<Database>,
  drafts: readonly EventDraft[],
  only?: { endpointId: string },
): Promise<boolean> {
  const listeners = await findListeners(trx, drafts, only?.endpointId ?? null);
  const wanted = drafts.flatMap((draft) => {
    const to = listeners.filter((each) => (only ? true : wants(each, draft)));
    return to.length === 0 ? [] : [{ id: newId(), draft, to }];
  });
  let published = false;
  for (const piece of piecesOf(wanted)) published = (await insertPiece(trx, piece)) || published;
  return published;
}

interface Wanted {
  id: string;
  draft: EventDraft;
  to: Listener[];
}

/** Events with their deliveries, no more than a thousand rows at once where that can be. */
function piecesOf(wanted: readonly Wanted[]): Wanted[][] {
  const pieces: Wanted[][] = [];
  let rows = ROWS_AT_ONCE;
  for (const each of wanted) {
    if (rows + each.to.length > ROWS_AT_ONCE) {
      pieces.push([]);
      rows = 0;
    }
    pieces.at(-1)?.push(each);
    rows += each.to.length;
  }
  return pieces;
}

async function insertPiece(trx: Kysely<Database>, wanted: readonly Wanted[]): Promise<boolean> {
  const rows = wanted.flatMap(({ id, draft, to }) =>
    to.map((listener) => ({ id: newId(), taskId: newId(), eventId: id, draft, listener })),
  );
  const { rows: tasks } = await sql`
    with given as (
      select * from unnest(
        ${wanted.map(({ id }) => id)}::uuid[],
        ${wanted.map(({ draft }) => draft.orgId)}::uuid[],
        ${wanted.map(({ draft }) => draft.type)}::text[],
        ${wanted.map(({ draft }) => draft.job?.id ?? null)}::uuid[],
        ${wanted.map(({ draft }) => draft.job?.round ?? null)}::int[],
        ${wanted.map(({ draft }) => draft.job?.position ?? null)}::int[],
        ${wanted.map(({ draft }) => JSON.stringify(draft.data))}::text[]
      ) as given (id, org_id, type, job_id, round, position, data)
    ), event as (
      insert into events (id, org_id, type, job_id, round, position, data)
      select id, org_id, type, job_id, round, position, data::json from given
      on conflict do nothing
      returning id
    ), wanted as (
      select wanted.* from unnest(
        ${rows.map(({ id }) => id)}::uuid[],
        ${rows.map(({ taskId }) => taskId)}::uuid[],
        ${rows.map(({ eventId }) => eventId)}::uuid[],
        ${rows.map(({ draft }) => draft.orgId)}::uuid[],
        ${rows.map(({ listener }) => listener.id)}::uuid[],
        ${rows.map(({ listener }) => listener.gate)}::text[],
        ${rows.map(({ listener }) => listener.disabled)}::bool[]
      ) as wanted (id, task_id, event_id, org_id, endpoint_id, gate, disabled)
      join event on event.id = wanted.event_id
    ), delivery as (
      insert into deliveries (id, org_id, endpoint_id, event_id, state, ended_at)
      select id, org_id, endpoint_id, event_id,
        case when disabled then 'disabled' else 'pending' end, case when disabled then now() end
      from wanted
    )
    insert into tasks (id, org_id, kind, subject_id, lane, gate)
    select task_id, org_id, ${WEBHOOK}, id, ${WEBHOOK}, gate from wanted
    where not disabled
    returning id`.execute(trx);
  return tasks.length > 0;
}

/** Everybody who listens to these organizations, or to these jobs. */
async function findListeners(
  trx: Kysely<Database>,
  drafts: readonly EventDraft[],
  endpointId: string | null,
): Promise<Listener[]> {
  const orgIds = [...new Set(drafts.map(({ orgId }) => orgId))];
  const jobIds = [...new Set(drafts.flatMap(({ job }) => job?.id ?? []))];
  const { rows } = await sql<Listener>`
    select org_id as "orgId", id, job_id as "jobId", gate, event_types as types,
      disabled_at is not null as disabled
    from webhook_endpoints
    where deleted_at is null and org_id = any (${orgIds}::uuid[])
      and (${endpointId}::uuid is null or id = ${endpointId}::uuid)
      and (job_id is null or job_id = any (${jobIds}::uuid[]))`.execute(trx);
  return rows;
}

const wants = (listener: Listener, { orgId, type, job }: EventDraft): boolean =>
  listener.orgId === orgId &&
  listener.types.includes(type) &&
  (listener.jobId === null || listener.jobId === job?.id);
