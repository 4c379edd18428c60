import { expect, test } from 'vitest';
import { allWell, ORG, task } from './all-well.ts';
import { checkChanges } from './check-changes.ts';
import { checkDecisions } from './check-decisions.ts';
import { checkEmails } from './check-emails.ts';
import { checkJobs } from './check-jobs.ts';
import { checkPromptness } from './check-promptness.ts';
import { checkProvisionings } from './check-provisionings.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkUpstream } from './check-upstream.ts';
import type { Evidence } from './evidence.ts';
import { createFindings } from './findings.ts';
import type { Facts } from './read-facts.ts';

/** A PATCH of one group: told 502 by a closed gate, and repeated; then 200. */
function billingWell(): { evidence: Evidence; facts: Facts } {
  const { evidence, facts } = allWell();
  const plain = { name: 'Plain', billing_enabled: false, external_id: null, updated_at: '1' };
  facts.jobs = [
    {
      ...facts.jobs[0]!,
      kind: 'billing-provisioning',
      request_id: 'c1',
      invite: null,
      billing: { notify_email: null, change: { name: 'New' } },
      target_ids: ['group'],
    },
  ];
  facts.outcomes = [
    {
      ...facts.outcomes[0]!,
      target_id: 'group',
      code: 'provisioned',
      message: 'Billing entity provisioned',
      detail: null,
      committed_at: 1_500,
    },
  ];
  Object.assign(facts, { sendings: [], decisions: [], invitations: [], invites: [] });
  facts.targets = new Map([['group', { org_id: ORG, of: 'group', name: 'New' }]]);
  facts.groups = [{ id: 'group', org_id: ORG, billing_enabled: true }];
  facts.entities = [{ group_id: 'group', org_id: ORG, state: 'provisioned', upstream_id: 'cus_1' }];
  const written = { seq: 3, at: 1_400, xid: '1', process: 'worker-1#1', id: 'group' };
  facts.groupChanges = [
    {
      ...written,
      before: plain,
      after: { ...plain, name: 'New', billing_enabled: true, updated_at: '2' },
      committed_at: 1_500,
    },
  ];
  const intended = { state: 'intended', upstream_id: null, epoch: 1 };
  facts.entityChanges = [
    { ...written, before: null, after: intended },
    {
      ...written,
      before: intended,
      after: { ...intended, state: 'provisioned', upstream_id: 'cus_1' },
    },
  ];
  const { invite: _, ...asked } = evidence.asked[0]!;
  evidence.asked = [
    { ...asked, tag: 'c1', targetIds: ['group'], billing: { name: 'New', report: null } },
  ];
  const answer = { tag: 'c1', what: 'PATCH /api/v1/groups/:id', body: {} };
  evidence.answers = [
    { ...answer, at: 900, status: 502 },
    { ...answer, at: 1_600, status: 200 },
  ];
  evidence.tries = [
    { tag: 'c1', from: 800, to: 900, status: 502 },
    { tag: 'c1', from: 1_000, to: 1_600, status: 200 },
  ];
  evidence.mails = [];
  const call = { at: 1_200, operation: 'create', groupId: 'group', key: 'k', fault: null };
  evidence.upstream = {
    concurrency: 2,
    unbillable: ['refused'],
    calls: [{ ...call, status: 200, replayed: false, inFlight: 2 }],
    entities: [{ id: 'cus_1', groupId: 'group', orgId: ORG, createdAt: 1_250 }],
  };
  return { evidence, facts };
}

function judgeBilling(change: (all: ReturnType<typeof billingWell>) => void): string[] {
  const all = billingWell();
  change(all);
  const findings = createFindings();
  for (const check of [
    checkJobs,
    checkEmails,
    checkDecisions,
    checkProvisionings,
    checkPromptness,
    checkSecrets,
    checkUpstream,
    checkChanges,
  ]) {
    check(all.evidence, all.facts, findings);
  }
  return findings.violations().map(({ invariant }) => invariant);
}

test('a PATCH that was refused, repeated and done violates nothing', () => {
  expect(judgeBilling(() => {})).toEqual([]);
});

test.each<[string, string, (all: ReturnType<typeof billingWell>) => void]>([
  [
    'a second entity of a group',
    'I8',
    ({ evidence: { upstream } }) =>
      void upstream.entities.push({ ...upstream.entities[0]!, id: 'cus_2' }),
  ],
  [
    'an entity of another organization',
    'I8',
    ({ evidence }) => void (evidence.upstream.entities[0]!.orgId = 'other'),
  ],
  ['an entity that nobody wrote down', 'I8', ({ facts }) => void (facts.entities = [])],
  ['an entity that is not there', 'I8', ({ evidence }) => void (evidence.upstream.entities = [])],
  [
    'an entity on record that became another',
    'I8',
    ({ facts }) => {
      const { after } = facts.entityChanges.at(-1)!;
      facts.entityChanges.push({
        ...facts.entityChanges.at(-1)!,
        before: after,
        after: { ...after!, upstream_id: 'cus_2' },
      });
    },
  ],
  [
    'a group provisioned before its entity was made',
    'I8',
    ({ evidence }) => void (evidence.upstream.entities[0]!.createdAt = 1_600),
  ],
  [
    'a flag that no outcome explains',
    'I8',
    ({ facts }) => void facts.groups.push({ id: 'b', org_id: ORG, billing_enabled: true }),
  ],
  [
    'a success without its flag',
    'I8',
    ({ facts }) => void (facts.groups[0]!.billing_enabled = false),
  ],
  [
    'more calls at once than allowed',
    'I8',
    ({ evidence }) => void (evidence.upstream.calls[0]!.inFlight = 3),
  ],
  [
    'a name set by a request that was answered 502 alone',
    'I8',
    ({ evidence }) => {
      evidence.tries = [{ tag: 'c1', from: 1_000, to: 1_450, status: 502 }];
      evidence.answers.pop();
    },
  ],
  [
    'a name set between a 502 and the request made anew',
    'I8',
    ({ evidence, facts }) => {
      facts.groupChanges[0]!.committed_at = 950;
      evidence.tries[1]!.from = 1_000;
    },
  ],
  [
    'a name set after its key was answered 502, by an earlier try that nobody answered',
    'I8',
    ({ evidence }) => {
      evidence.tries = [
        { tag: 'c1', from: 700, to: 750, status: null },
        { tag: 'c1', from: 800, to: 900, status: 502 },
      ];
    },
  ],
  [
    'a 200 before the name was set',
    'I8',
    ({ facts }) => void (facts.groupChanges[0]!.committed_at = 1_700),
  ],
  [
    'a name set without the flag',
    'I8',
    ({ facts }) => void (facts.groupChanges[0]!.after!.billing_enabled = false),
  ],
  [
    'a group that was written to without a success',
    'I8',
    ({ facts }) => {
      const { after } = facts.groupChanges[0]!;
      const touched = { ...after!, updated_at: '3' };
      facts.groupChanges.push({
        ...facts.groupChanges[0]!,
        xid: '9',
        before: after,
        after: touched,
      });
    },
  ],
  ['a success that set no name', 'I8', ({ facts }) => void (facts.groupChanges = [])],
  [
    'a group that failed before its attempts were over',
    'I2',
    ({ facts }) =>
      void Object.assign(facts.outcomes[0]!, { status: 'failed', code: 'upstream_unavailable' }),
  ],
  [
    'a report that was not decided on',
    'I6',
    ({ facts }) => void (facts.jobs[0]!.billing!.notify_email = 'a@example.com'),
  ],
  [
    'two jobs of one key that was never given back',
    'I1',
    ({ evidence, facts }) => {
      facts.jobs.push({ ...facts.jobs[0]!, id: 'another' });
      evidence.answers.shift();
      evidence.tries = [];
    },
  ],
])('the checker sees %s', (_, invariant, change) => {
  expect(judgeBilling(change)).toContain(invariant);
});

test("a report says what its round came to, and a later round's says that", () => {
  const reported = (text: string, round: number) =>
    judgeBilling(({ evidence, facts }) => {
      const { sendings, decisions } = allWell().facts;
      const about = { subject_id: 'job', purpose: 'billing-report' };
      const [job, outcome] = [facts.jobs[0]!, facts.outcomes[0]!];
      job.billing!.notify_email = 'a@example.com';
      evidence.asked[0]!.billing!.report = 'a@example.com';
      facts.sendings = [{ ...sendings[0]!, ...about }];
      facts.decisions = [
        { ...decisions[0]!, after: { job_id: 'job', ...about }, committed_at: 1_500 },
      ];
      const messageId = '<sending@usher>';
      evidence.mails = [{ at: 2_000, to: 'a@example.com', messageId, text }];
      if (round === 1) return;
      job.round = round;
      const canceled = { ...outcome, status: 'canceled' as const, code: 'canceled' };
      facts.outcomes = [
        { ...canceled, xid: '0', committed_at: 1_000 },
        { ...outcome, round },
      ];
      const first = { id: 'first', message_id: 'first@usher', last_code: 'nothing_pending' };
      facts.sendings.push({ ...facts.sendings[0]!, ...first, state: 'failed' });
      facts.decisions.push({ ...facts.decisions[0]!, id: 'first', xid: '0', committed_at: 1_000 });
    });
  expect(reported('1 group: 1 succeeded, 0 failed.', 1)).toEqual([]);
  expect(reported('1 group: 0 succeeded, 1 failed.', 1)).toEqual(['I6']);
  expect(reported('1 group: 1 succeeded, 0 failed.', 2)).toEqual([]);
  expect(reported('1 group: 0 succeeded, 0 failed, 1 canceled.', 2)).toEqual(['I6']);
});

test('calls left open by a suspended process do not count, those beside them do', () => {
  const suspended = (at: number) =>
    judgeBilling(({ evidence }) => {
      evidence.standstills = [{ process: 'worker-1', from: 10_000, to: 22_000 }];
      Object.assign(evidence.upstream.calls[0]!, { at, inFlight: 3 });
    });
  expect(suspended(19_000)).toEqual([]);
  expect(suspended(12_000)).toEqual(['I8']);
  expect(suspended(25_000)).toEqual(['I8']);
});

test('a try without an answer may have had its effect, until a later one is told that it had none', () => {
  const told = (...statuses: Array<number | null>) =>
    judgeBilling(({ evidence }) => {
      evidence.tries = statuses.map((status, n) => ({
        tag: 'c1',
        from: 700 + n * 100,
        to: 750 + n * 100,
        status,
      }));
    });
  expect(told(null)).toEqual([]);
  expect(told(202)).toEqual([]);
  expect(told(502, null)).toEqual([]);
  expect(told(null, 502)).toEqual(['I8']);
});

test('a closed gate is no want of promptness, a long wait after it opened is', () => {
  const attempted = (at: number) =>
    judgeBilling(({ facts }) => {
      const waiting = { ...task, lane: 'billing', gate: 'billing' };
      const change = { seq: 1, xid: '1', process: 'worker-1#1', id: 'task' };
      facts.taskChanges = [
        { ...change, at: -5_000, before: null, after: waiting },
        { ...change, at, before: waiting, after: null },
      ];
      facts.gateChanges = [
        { at: -1_000, name: 'billing', closed_until: 50_000 },
        { at: 50_100, name: 'billing', closed_until: null },
      ];
    });
  expect(attempted(100_000)).toEqual([]);
  expect(attempted(120_000)).toEqual(['I2']);
});
