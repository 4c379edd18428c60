import { prepared, type Database } from '@usher/db';
import type { Lane } from '@usher/queue';
import { sql, type Kysely } from 'kysely';
import type { Candidate } from './fair-pick.ts';
import { shutGates } from './gates.ts';

/**
 * What may be sent, organizations in the order given. Reading ends with enough for every place: who
 * has only tasks behind shut gates, or of paused jobs, takes no other's turn.
 */
export async function readCandidates(
  db: Kysely<Database>,
  lane: Lane,
  orgIds: readonly string[],
  free: number,
): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`${prepared}
    with shut as materialized (${shutGates})
    select candidate.* from unnest(${[...orgIds]}::uuid[]) as org (id), lateral (
      select tasks.id, tasks.org_id as "orgId", tasks.gate,
        coalesce(tasks.cost, greatest(1, cardinality(tasks.positions))) as cost
      from tasks left join jobs on jobs.id = tasks.job_id and tasks.subject_id is null
      where tasks.lane = ${lane} and tasks.org_id = org.id
        and tasks.sent_at is null and not tasks.held and tasks.due_at <= now()
        and (jobs.paused_at is null or jobs.cancel_requested_at is not null or jobs.fenced_at is not null)
        and (tasks.gate is null or tasks.gate not in (select name from shut))
      order by tasks.due_at, tasks.id
      limit ${free}) as candidate
    limit ${free * free}`.execute(db);
  return rows;
}

/**
 * The same for a lane in which every destination has a gate of its own: one probe of an index for each
 * gate that something waits at, so that a hundred thousand tasks behind a shut one cost no more than
 * one. Of one organization no more than `share` are sent and unfinished, whatever its gates admit:
 * many slow destinations of one leave slots to all others.
 */
export async function readCandidatesAtGates(
  db: Kysely<Database>,
  lane: Lane,
  orgIds: readonly string[],
  free: number,
  share: number,
): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`${prepared}
    with recursive sent as materialized (
      select org_id, gate, count(*)::int as tasks from tasks
      where lane = ${lane} and sent_at is not null group by org_id, gate
    ), org as materialized (
      select given.id, given.place, least(${free}::int, ${share}::int - coalesce((
        select sum(sent.tasks) from sent where sent.org_id = given.id), 0))::int as room
      from unnest(${[...orgIds]}::uuid[]) with ordinality as given (id, place)
    ), at_gate as (
      (select gate, org_id, lane from tasks
        where sent_at is null and not held and gate is not null order by gate limit 1)
      union all
      select next.* from at_gate, lateral (
        select gate, org_id, lane from tasks
        where sent_at is null and not held and gate > at_gate.gate order by gate limit 1) as next
    ), candidate as (
      select task.*, org.id as org_id, org.place, org.room, at_gate.gate,
        row_number() over (partition by org.id order by task.due_at, task.id) as turn
      from at_gate
      join org on org.id = at_gate.org_id
      join gates on gates.name = at_gate.gate
      left join sent on sent.gate = at_gate.gate,
      lateral (
        select tasks.id, tasks.due_at from tasks
        where gate = at_gate.gate and sent_at is null and not held and due_at <= now()
        order by due_at, id
        limit greatest(0, least(org.room,
          case when closed_until is null then cap else 1 end - coalesce(sent.tasks, 0)))) as task
      where at_gate.lane = ${lane} and org.room > 0 and (closed_until is null
        or (closed_until <= now() and (probe_until is null or probe_until <= now())))
    )
    select id, org_id as "orgId", gate, 1 as cost from candidate
    where turn <= room order by place, turn`.execute(db);
  return rows;
}

/** Milliseconds until the next shut gate opens, whoever waits at it; null: none is shut. */
export async function readNextOpening(db: Kysely<Database>): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`${prepared}
    select (extract(epoch from closed_until - now()) * 1000)::float8 as ms from gates
    where closed_until > now() order by closed_until limit 1`.execute(db);
  return rows[0]?.ms ?? null;
}
