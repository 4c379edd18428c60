import { expect, test } from 'vitest';
import { checkAcceptances } from './check-acceptances.ts';
import { checkDecisions } from './check-decisions.ts';
import { checkEmails } from './check-emails.ts';
import { checkEvents } from './check-events.ts';
import { checkOutcomes } from './check-outcomes.ts';
import { task } from './all-well.ts';
import { checkPromptness } from './check-promptness.ts';
import { checkRounds } from './check-rounds.ts';
import { checkSteering } from './check-steering.ts';
import { checkTotals } from './check-totals.ts';
import { createFindings } from './findings.ts';
import { steeredWell } from './steered-well.ts';

type All = ReturnType<typeof steeredWell>;

function judge(change: (all: All) => void): string[] {
  const all = steeredWell();
  change(all);
  const findings = createFindings();
  for (const check of [
    checkOutcomes,
    checkRounds,
    checkSteering,
    checkEmails,
    checkDecisions,
    checkAcceptances,
    checkTotals,
    checkEvents,
  ]) {
    check(all.evidence, all.facts, findings);
  }
  return findings.violations().map(({ invariant, what }) => `${invariant} ${what}`);
}

const steeredBy = ({ evidence }: All, verb: string) =>
  evidence.steered.find((each) => each.verb === verb)!;
const without = (all: All, verb: string) =>
  void all.evidence.steered.splice(all.evidence.steered.indexOf(steeredBy(all, verb)), 1);
const jobToldAs = (round: number, failed: number) => (all: All) =>
  void all.evidence.answers.push({
    at: 9_000,
    tag: null,
    what: 'GET /api/v1/jobs/:id',
    status: 200,
    body: {
      job: {
        id: 'job',
        round,
        finished_at: '2026',
        counts: { total: 3, pending: 0, retrying: 0, succeeded: 1, failed, canceled: 1 },
      },
    },
  });

test('a job that was steered rightly, and whose invitation was, violates nothing', () => {
  expect(judge(() => {})).toEqual([]);
});

test('what an earlier round was told as is no fault', () => {
  expect(judge(jobToldAs(1, 1))).toEqual([]);
});

test('a pause is no want of promptness, a long wait after it is', () => {
  const attempted = (at: number) => {
    const { evidence, facts } = steeredWell();
    const change = { seq: 1, xid: '1', process: 'worker-1#1', id: 'task' };
    const held = { ...task, held: true };
    facts.taskChanges = [
      { ...change, at: -5_000, before: null, after: task },
      { ...change, at: 10_000, before: task, after: held },
      { ...change, at: 50_000, before: held, after: task },
      { ...change, at, before: task, after: null },
    ];
    const findings = createFindings();
    checkPromptness(evidence, facts, findings);
    return findings.violations().length;
  };
  expect(attempted(100_000)).toBe(0);
  expect(attempted(120_000)).toBe(1);
});

test.each<[string, RegExp, (all: All) => void]>([
  [
    'a flag that was answered and never set',
    /^I2 pause of job job was answered 200/,
    (all) => void (steeredBy(all, 'pause').tries[0] = { from: 600, to: 700, status: 200 }),
  ],
  [
    'a job that was canceled by itself',
    /^I2 nobody asked for job job to be canceled/,
    (all) => without(all, 'cancel'),
  ],
  [
    'a job that was canceled, though that was refused',
    /^I2 nobody asked for job job to be canceled/,
    (all) => void (steeredBy(all, 'cancel').tries[0]!.status = 409),
  ],
  [
    'a job that was canceled before anybody asked',
    /^I2 nobody asked for job job to be canceled/,
    (all) => void (steeredBy(all, 'cancel').tries[0]!.from = 1_400),
  ],
  [
    'a job that was paused by itself',
    /^I2 nobody asked for job job to be paused/,
    (all) => without(all, 'pause'),
  ],
  [
    'a job that was resumed by itself',
    /^I2 nobody asked for job job to be resumed/,
    (all) => without(all, 'resume'),
  ],
  [
    'a round that began stopped',
    /^I2 round 2 of job began stopped/,
    ({ facts }) => void (facts.jobChanges[4]!.after!.canceled = true),
  ],
  [
    'a steering that was answered otherwise',
    /^I2 cancel of job was answered 404/,
    (all) => void (steeredBy(all, 'cancel').tries[0]!.status = 404),
  ],
  [
    'a target that was canceled in a job that was not',
    /^I2 target 2 of job job was canceled, the job was not/,
    ({ facts }) => {
      for (const { after } of facts.jobChanges) after!.canceled = false;
    },
  ],
  [
    'a target that is canceled by another name',
    /^I2 target 2 of job job is failed as canceled/,
    ({ facts }) => void (facts.outcomes[2]!.status = 'failed'),
  ],
  [
    'a round that nobody asked for',
    /^I2 job job has 2 rounds after 0 redrives/,
    (all) => without(all, 'redrive'),
  ],
  [
    'two rounds of one redrive',
    /^I2 job job has 3 rounds after 1 redrives/,
    ({ facts }) => void (facts.jobs[0]!.round = 3),
  ],
  [
    'a round of other targets than were asked for',
    /^I2 round 2 of job job has outcomes of 1,2, which nobody asked for/,
    (all) => void (steeredBy(all, 'redrive').codes = null),
  ],
  [
    'a round that lost a target',
    /^I2 round 2 of job job has outcomes of 1, which nobody asked for/,
    ({ facts }) => void facts.outcomes.pop(),
  ],
  [
    'a first round that lost a target',
    /^I2 job job has 2 outcomes for 3 targets/,
    ({ facts }) => void facts.outcomes.splice(1, 1),
  ],
  [
    'a success that was tried again',
    /^I2 target 0 of job job succeeded, and was tried again/,
    ({ facts }) =>
      void facts.outcomes.push({ ...facts.outcomes[0]!, round: 2, status: 'failed', code: 'x' }),
  ],
  [
    'a redrive that was answered and did nothing',
    /^I2 a redrive of job job was answered, and 1,2 was not tried/,
    (all) => void (steeredBy(all, 'redrive').told = [{ round: 1, finished: true }]),
  ],
  [
    'a redrive that was answered with a round of something else',
    /^I2 round 2 of job job is not of 2, as was answered/,
    (all) => void (steeredBy(all, 'redrive').codes = ['canceled']),
  ],
  [
    'a round that was answered and is not there',
    /^I1 round 3 of job job was told, and there are 2/,
    (all) => void (steeredBy(all, 'redrive').told = [{ round: 3, finished: false }]),
  ],
  [
    'a job that was redriven and is gone',
    /^I1 job job was redriven, and is gone/,
    ({ facts }) => void (facts.jobs = []),
  ],
  [
    'counts that are not those of the latest outcomes',
    /^I6 job job counts 3,1,0 of 3, not 3,0,0/,
    ({ facts }) => void (facts.jobs[0]!.failed = 1),
  ],
  ['an answer that is not what its round came to', /^I6 job job was told as /, jobToldAs(2, 1)],
  [
    'results that are not those of any round',
    /^I6 the answer to r1 is not what job job came to/,
    ({ evidence }) => {
      const results = [{ website_id: 'site-0', success: true, message: 'Invitation sent' }];
      const body = { job_id: 'job', results };
      evidence.answers.push({ at: 1, tag: 'r1', what: 'POST', status: 200, body });
    },
  ],
  [
    'a job that was left paused',
    /^I2 job job is unfinished, 1 remain, paused/,
    ({ facts }) =>
      void Object.assign(facts.jobs[0]!, { finished: false, paused: true, remaining: 1 }),
  ],
  [
    'a second email for one round',
    /^I6 2 emails were decided on for invitation, job job, round 2/,
    ({ facts }) => void facts.decisions.push({ ...facts.decisions[1]!, id: 'more' }),
  ],
  [
    'a round whose email was not decided on',
    /^I6 0 emails were decided on for invitation, job job, round 2, not 1/,
    ({ facts }) => void facts.decisions.splice(1, 1),
  ],
  [
    'an email of a round that was not told to send another',
    /^I6 1 emails were decided on for invitation, job job, round 2, not 0/,
    ({ facts }) => {
      for (const { after } of facts.jobChanges) after!.resend_email = false;
    },
  ],
  [
    'an email that was decided on before the last outcome',
    /^I6 1 emails were decided on for invitation, job job, round 1, before its last outcome/,
    ({ facts }) => void Object.assign(facts.decisions[0]!, { xid: '1', committed_at: 1_000 }),
  ],
  [
    'an email that belongs to no round',
    /^I6 2 more emails were decided on for invitation, job job/,
    ({ facts }) => {
      const [decision] = facts.decisions;
      facts.decisions.push({ ...decision!, xid: '8' }, { ...decision!, xid: '9' });
    },
  ],
  [
    'an email that was accepted in the next round',
    /^I6 <s1@usher> was accepted in a round that had to decide on it anew/,
    ({ evidence }) => void (evidence.mails[0]!.at = 3_600),
  ],
  [
    'an answered resend that was not decided on',
    /^I6 0 emails of invitation were sent again, and 1 of 1 resends were answered/,
    ({ facts }) => void facts.decisions.pop(),
  ],
  [
    'two emails of one resend',
    /^I6 2 emails of invitation were sent again, and 1 of 1 resends were answered/,
    ({ facts }) => void facts.decisions.push({ ...facts.decisions[2]!, id: 'more' }),
  ],
  [
    'an email sent again that was refused to be',
    /^I6 1 emails of invitation were sent again, and 0 of 0 resends were answered/,
    (all) => void (steeredBy(all, 'resend').tries[0]!.status = 409),
  ],
  [
    'an invitation that was sent again after its end',
    /^I6 invitation was sent again, and nothing of it was open/,
    ({ facts }) => void (facts.decisions[2]!.committed_at = 8_000),
  ],
  [
    'an invitation that was sent again while its job was under way',
    /^I6 invitation was sent again while job job was under way/,
    ({ facts }) => void (facts.decisions[2]!.committed_at = 3_700),
  ],
  [
    'an answered resend without an email',
    /^I5 sending s3 .* was never accepted/,
    ({ evidence }) => void evidence.mails.pop(),
  ],
  [
    'an email that names what was accepted before',
    /^I5 the email of job job names 3, where 2 are pending/,
    ({ evidence }) => {
      const { mails } = evidence;
      mails[2]!.text = `${mails[0]!.text}${mails[2]!.text}`;
    },
  ],
  [
    'an email that leaves out what was pending',
    /^I5 the email of job job names 1, where 2 are pending/,
    ({ evidence }) => void (evidence.mails[2]!.text = '- site-1.example (website, viewer)'),
  ],
  [
    'a revocation that nobody asked for',
    /^I2 nobody asked for invite i1 to be revoked/,
    (all) => without(all, 'revoke'),
  ],
  [
    'a revocation that was answered and left something',
    /^I2 invite i1 is pending, and was revoked/,
    ({ facts }) =>
      void Object.assign(facts.invites[1]!, {
        state: 'pending',
        decided_at: null,
        committed_at: 4_000,
      }),
  ],
  [
    'an acceptance that left something',
    /^I2 invitation invitation was accepted, and some of it is pending/,
    ({ facts }) => {
      Object.assign(facts.invites[1]!, { state: 'pending', decided_at: null });
      facts.invites[0]!.decided_at = 4_500;
    },
  ],
  [
    'an acceptance that was refused as revoked, of what was not',
    /^I2 an acceptance was answered 410/,
    ({ evidence }) =>
      void evidence.answers.push({
        at: 1,
        tag: null,
        to: 'b@example.com',
        what: 'POST /api/v1/invitations/accept',
        status: 410,
        body: {},
      }),
  ],
  [
    'a second invite where the first one stands',
    /^I2 0 added and 4 invited at /,
    ({ facts }) => {
      for (const each of facts.outcomes.slice(3)) each.target_id = 'site-0';
      facts.outcomes.push({ ...facts.outcomes[0]!, job_id: 'job', round: 3 });
      facts.invites[1]!.state = 'accepted';
    },
  ],
])('the checker sees %s', (_, found, change) => {
  expect(judge(change)).toContainEqual(expect.stringMatching(found));
});
