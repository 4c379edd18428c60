import { expect, test } from 'vitest';
import { allWell, task } from './all-well.ts';
import { checkDecisions } from './check-decisions.ts';
import { checkEmails } from './check-emails.ts';
import { checkJobs } from './check-jobs.ts';
import { checkLeases } from './check-leases.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkTotals } from './check-totals.ts';
import { createFindings } from './findings.ts';
import { createOutcomeWitness } from './outcome-witness.ts';

// What the control cannot show, because no guard that it switches off holds it alone.
function judge(change: (all: ReturnType<typeof allWell>) => void): string[] {
  const all = allWell();
  change(all);
  const findings = createFindings();
  for (const check of [checkJobs, checkEmails, checkDecisions, checkTotals, checkSecrets]) {
    check(all.evidence, all.facts, findings);
  }
  checkLeases(all.facts, findings);
  return findings.violations().map(({ invariant }) => invariant);
}

test('what was done rightly violates nothing', () => {
  expect(judge(() => {})).toEqual([]);
});

test.each<[string, string, (all: ReturnType<typeof allWell>) => void]>([
  ['a job that was acknowledged and is gone', 'I1', ({ facts }) => void (facts.jobs = [])],
  [
    'a job that lost a target',
    'I1',
    ({ evidence }) => void evidence.asked[0]?.targetIds.push('other'),
  ],
  [
    'an outcome that was recorded without its task',
    'I4',
    ({ facts }) => void facts.taskChanges.pop(),
  ],
  [
    'a leased task that another process removed',
    'I4',
    ({ facts }) => {
      const leased = { ...task, token: 'token', leased_until: 9_000 };
      facts.taskChanges = [
        { seq: 1, at: 1, xid: '0', process: 'worker-1#1', id: 'task', before: task, after: leased },
        { seq: 2, at: 2, xid: '1', process: 'worker-2#1', id: 'task', before: leased, after: null },
      ];
    },
  ],
  [
    'a leased task that another process put behind a gate',
    'I4',
    ({ facts }) => {
      const leased = { ...task, token: 'token', leased_until: 9_000 };
      const change = { seq: 1, at: 1, xid: '0', process: 'worker-1#1', id: 'task' };
      const gated = { ...leased, gate: 'billing' };
      facts.taskChanges = [
        { ...change, before: task, after: leased },
        { ...change, process: 'worker-2#1', before: leased, after: gated },
        { ...change, xid: '1', before: gated, after: null },
      ];
    },
  ],
  [
    'a second email without an ambiguity',
    'I5',
    ({ evidence }) => void evidence.mails.push({ ...evidence.mails[0]! }),
  ],
  [
    'an email that nobody decided on',
    'I5',
    ({ evidence }) =>
      void evidence.mails.push({ at: 2_000, to: 'b@example.com', messageId: '<b>', text: '' }),
  ],
  ['an email that was never accepted', 'I5', ({ evidence }) => void evidence.mails.pop()],
  [
    'an email that names something else',
    'I5',
    ({ evidence }) => {
      evidence.mails[0]!.text = '- other.example (website, viewer)';
    },
  ],
  [
    'an email before its last outcome',
    'I6',
    ({ evidence }) => {
      evidence.mails[0]!.at = 500;
    },
  ],
  [
    'counts that do not add up',
    'I6',
    ({ facts }) => {
      facts.jobs[0]!.succeeded = 2;
    },
  ],
  [
    'a secret in a log',
    'I11',
    ({ evidence }) => void evidence.lines.push({ process: 'api-1', line: 'key usher_secret' }),
  ],
])('the checker sees %s', (_, invariant, change) => {
  expect(judge(change)).toContain(invariant);
});

test('an email may stay unknown once its first copy was answered, and not before', () => {
  const ended = (last_code: string, ambiguities: number, refused: string[] = []) =>
    judge(({ evidence, facts }) => {
      evidence.refused = refused;
      Object.assign(facts.sendings[0]!, { state: 'unknown', ambiguities, last_code });
    });
  expect(ended('nothing_pending', 1)).toEqual([]);
  expect(ended('nothing_pending', 0)).toContain('I5');
  expect(ended('timeout', 1)).toEqual(['I5']);
  expect(ended('smtp_refused', 1, ['a@example.com'])).toEqual([]);
});

test('the witness sees an outcome that changed, and one that vanished', async () => {
  const witness = createOutcomeWitness();
  const look = (rows: Array<{ key: string; text: string }>) =>
    witness.look({ query: async () => ({ rows }) } as never);
  await look([
    { key: 'a', text: 'added' },
    { key: 'b', text: 'added' },
  ]);
  expect(witness.changed()).toEqual([]);
  await look([{ key: 'a', text: 'failed' }]);
  expect(witness.changed().map(({ what }) => what.slice(0, 18))).toEqual([
    'outcome a changed:',
    'outcome b vanished',
  ]);
});
