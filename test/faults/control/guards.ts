import { adjustments } from './adjustments.ts';
import type { Guard } from './guard.ts';

const TAKE_TASK = 'packages/jobs/src/take-task.ts';
const RETURN_TASK = 'packages/jobs/src/return-task.ts';
const RECORD_TOGETHER = 'packages/jobs/src/record-together.ts';
const RECORD_CALLS = 'packages/jobs/src/record-calls.ts';
const ADD_MEMBERS = 'packages/kinds/src/bulk-invite/add-members.ts';
const DELIVER = 'packages/events/src/deliver.ts';
const MINE = ' and lease_token is not distinct from ${task.lease_token}';

const TAKEN = [
  { file: TAKE_TASK, find: 'return taken.numAffectedRows === 1n;', replace: 'return true;' },
  {
    file: RECORD_TOGETHER,
    find: 'companions.filter(({ task }) => taken.has(task.id))',
    replace: '[...companions]',
  },
  { file: RECORD_CALLS, find: 'all.filter(({ task }) => ids.has(task.id))', replace: '[...all]' },
  {
    file: RECORD_CALLS,
    find: 'all.map(({ task }) => taken.has(task.id))',
    replace: 'all.map(() => true)',
  },
];

/** Every guard that the control switches off. */
export const guards: Guard[] = [
  {
    name: 'fencing',
    without: 'a result is recorded whoever holds the lease',
    replacements: [
      { file: TAKE_TASK, find: MINE, replace: '' },
      { file: RECORD_TOGETHER, find: ' and lease_token is null', replace: '' },
      { file: RECORD_CALLS, find: 'where lease_token = held.token', replace: '' },
      { file: RETURN_TASK, find: `${MINE}\`.execute(db)`, replace: '`.execute(db)' },
      { file: RETURN_TASK, find: `${MINE}\`.execute(trx)`, replace: '`.execute(trx)' },
    ],
    shows: ['I4', 'I5'],
    adjust: adjustments.frozenCalls,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'idempotency-key',
    without: 'every request claims its key as if it were new',
    replacements: [
      {
        file: 'packages/jobs/src/idempotency.ts',
        find: 'if (earlier.job_id === null) throw reused();',
        replace: 'if (earlier.job_id !== null) return undefined;',
      },
    ],
    shows: ['I1'],
    adjust: adjustments.repeatedRequests,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'outcomes-unique',
    without: 'the primary key of the outcomes is dropped',
    replacements: [],
    sql: 'alter table outcomes drop constraint outcomes_pkey',
    shows: ['I3'],
    adjust: adjustments.repeatedRequests,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'task-taken',
    without: 'a task that is gone already is recorded all the same',
    replacements: TAKEN,
    shows: ['I2', 'I3', 'I4', 'I6'],
    adjust: adjustments.cutCommits,
    limitMs: 60_000,
    // The outcomes' primary key keeps a second recording from doing anything.
    alone: false,
  },
  {
    name: 'task-taken and outcomes-unique',
    without: 'both of them',
    replacements: TAKEN,
    sql: 'alter table outcomes drop constraint outcomes_pkey',
    shows: ['I2', 'I4', 'I6'],
    adjust: adjustments.cutCommits,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'sweep',
    without: 'the dispatcher never sweeps',
    replacements: [
      {
        file: 'packages/jobs/src/dispatch/sweep.ts',
        find: '  await applyFlags(db, seen);',
        replace: '  if (queue) return;',
      },
    ],
    setting: adjustments.SLOW_MEMBERS,
    shows: ['I2'],
    adjust: adjustments.wipedQueue,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'snapshot-of-users',
    without: 'users are made and read in one statement',
    replacements: [
      {
        file: ADD_MEMBERS,
        find: 'where exists (select from',
        replace: 'where false and exists (select from',
      },
      {
        file: ADD_MEMBERS,
        find: 'return sql`${person}, known as (',
        replace: `return sql\`\${person}, made_now as (
            insert into users (id, org_id, email)
            select gen_random_uuid(), org_id, email from person
            where exists (select from \${tables.targets} as targets
              where \${reached} and targets.id = any (person.target_ids))
            on conflict (org_id, email) do nothing returning id, org_id, email
          ), everybody as (
            select * from made_now union all select id, org_id, email from users
          ), known as (`,
      },
      {
        file: ADD_MEMBERS,
        find: 'left join users on',
        replace: 'left join everybody as users on',
      },
    ],
    shows: ['I2'],
    adjust: adjustments.sharedAddresses,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'snapshot-of-remaining',
    without: 'what remains of an invitation is judged as it was before its row was locked',
    replacements: [
      {
        file: 'packages/kinds/src/bulk-invite/kind.ts',
        find: 'returning job_id, remaining`',
        replace:
          'returning job_id, (select seen.remaining from invitations as seen where seen.id = invitations.id) - locked.count as remaining`',
      },
    ],
    setting: adjustments.HALVES,
    shows: ['I6'],
    adjust: adjustments.halvedJobs,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'latest-outcome',
    without: 'a redrive tries again what once failed, whatever has become of it since',
    replacements: [
      {
        file: 'packages/jobs/src/control/redrive-job.ts',
        find: 'order by position, round desc) as latest',
        replace: 'order by position, round) as latest',
      },
    ],
    // The table refuses what would be counted twice, so that such a redrive has no answer.
    shows: ['I2'],
    adjust: adjustments.redrivenTwice,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'suspects-alone',
    without: 'suspects run beside whatever else runs',
    replacements: [
      {
        file: 'packages/jobs/src/turnstile.ts',
        find: 'alone: (work) => pass(true, work)',
        replace: 'alone: (work) => pass(false, work)',
      },
    ],
    setting: adjustments.SLOW_MEMBERS,
    shows: ['I2'],
    adjust: adjustments.poisonAmidHealthy,
    limitMs: 240_000,
    alone: true,
  },
  {
    name: 'look-up',
    without: 'what an earlier attempt may have made upstream is not looked for',
    replacements: [
      {
        file: 'packages/kinds/src/billing/provision.ts',
        find: 'const found = await provider.find(groupId, begun.since, signal);',
        replace: "const found = { kind: 'ok', value: null };",
      },
    ],
    shows: ['I8'],
    adjust: adjustments.deniedEntities,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'fence',
    without: 'what its client no longer waits for is recorded as if it did',
    replacements: [
      {
        file: 'packages/jobs/src/record-results.ts',
        find: "if (counted.fenced && fence === 'heed') throw new FencedError();",
        replace: '',
      },
    ],
    shows: ['I8'],
    adjust: adjustments.shortWaits,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'told-with-outcomes',
    without: 'events are published after the commit that made them true',
    replacements: [
      {
        file: RECORD_TOGETHER,
        find: 'const woken = new Set(companions.map(({ task }) => task.lane));',
        replace:
          'const woken = new Set(companions.map(({ task }) => task.lane)); let tell = async () => false;',
      },
      {
        file: RECORD_TOGETHER,
        find: 'if (await publishResults(trx, kind, told)) woken.add(WEBHOOK);',
        replace: `tell = () =>
          engine.db.transaction().execute((later) => publishResults(later, kind, told));`,
      },
      {
        file: RECORD_TOGETHER,
        find: "await engine.failpoint('record:after-commit', [...recorded.keys()]);",
        replace: 'if (await tell()) woken.add(WEBHOOK);',
      },
    ],
    shows: ['I7'],
    adjust: adjustments.heardCommits,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'sequence-once',
    without: 'every attempt takes the next number of its endpoint',
    replacements: [
      { file: DELIVER, find: 'from mine where mine.sequence is null', replace: 'from mine' },
      {
        file: DELIVER,
        find: 'coalesce(mine.sequence, numbered.sequence)',
        replace: 'numbered.sequence',
      },
    ],
    shows: ['I7'],
    adjust: adjustments.badReceiver,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'webhook-id',
    without: 'every attempt has an id of its own',
    replacements: [
      {
        file: 'packages/kinds/src/webhook/kind.ts',
        find: 'const { url, endpointId, sealedSecrets, eventId, inOrder } = delivery;',
        replace:
          'const { url, endpointId, sealedSecrets, inOrder } = delivery; const eventId = task.lease_token;',
      },
    ],
    shows: ['I7'],
    adjust: adjustments.badReceiver,
    limitMs: 60_000,
    alone: true,
  },
  {
    name: 'one-at-a-time',
    without: 'the gate of an endpoint that wants one after the other admits several',
    replacements: [
      {
        file: 'packages/events/src/gates.ts',
        find: '(inOrder ? 1 : ENDPOINT_CAP)',
        replace: '(inOrder ? ENDPOINT_CAP : ENDPOINT_CAP)',
      },
    ],
    shows: ['I7'],
    adjust: adjustments.slowInOrder,
    limitMs: 60_000,
    alone: true,
  },
];
