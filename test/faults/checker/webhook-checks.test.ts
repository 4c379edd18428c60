import { expect, test } from 'vitest';
import { checkDeliveries } from './check-deliveries.ts';
import { checkEvents } from './check-events.ts';
import { checkLeases } from './check-leases.ts';
import { checkNotices } from './check-notices.ts';
import { checkOrder } from './check-order.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { task } from './all-well.ts';
import { createFindings } from './findings.ts';
import { bodyOf, secretOf, URLS, webhook, webhooksWell } from './webhooks-well.ts';

type All = ReturnType<typeof webhooksWell>;
const CHECKS = {
  checkEvents,
  checkDeliveries,
  checkWebhooks,
  checkOrder,
  checkSecrets,
  checkNotices,
};

function judge(change: (all: All) => void): string[] {
  const all = webhooksWell();
  change(all);
  const findings = createFindings();
  for (const check of Object.values(CHECKS)) check(all.evidence, all.facts, findings);
  return findings.violations().map(({ invariant, what }) => `${invariant} ${what}`);
}

const copyOf = ({ evidence }: All, url: string, id: string) =>
  evidence.webhooks.received.find((one) => one.url === url && one.headers['webhook-id'] === id)!;
const without = <Row>(rows: Row[], no: (row: Row) => boolean) =>
  void rows.splice(rows.findIndex(no), 1);
const deliveryOf = ({ facts }: All, id: string) => facts.deliveries.find((one) => one.id === id)!;

test('events that were told rightly violate nothing', () => {
  expect(judge(() => {})).toEqual([]);
});

test('a copy more is no fault where its attempt was recorded', () => {
  const repeat = ({ evidence, facts }: All, recorded: boolean) => {
    const first = copyOf({ evidence, facts }, URLS.inOrder, 'failed');
    const { body } = first;
    evidence.webhooks.received.push(webhook(20_000, first.url, { id: 'failed', body }, 'e0'));
    if (!recorded) return;
    const delivery = facts.deliveries[0]!;
    delivery.attempts = 2;
    const log = facts.attempts.filter(({ delivery_id }) => delivery_id === delivery.id);
    facts.attempts.push({ ...log[0]!, number: 2 });
    log[0]!.status = null;
    log[0]!.code = 'interrupted';
  };
  expect(judge((all) => repeat(all, true))).toEqual([]);
  expect(judge((all) => repeat(all, false)).join()).toContain('2 times in 1 attempts');
});

test.each<[string, RegExp, (all: All) => void]>([
  [
    'a job whose end nobody was told',
    /^I7 0 events tell that job job finished/,
    ({ facts }) => without(facts.events, ({ id }) => id === 'completed'),
  ],
  [
    'a failure that nobody was told',
    /^I7 0 events tell that target 1 of job job failed/,
    ({ facts }) => without(facts.events, ({ id }) => id === 'failed'),
  ],
  [
    'an acceptance that nobody was told',
    /^I7 0 events tell that invitation invitation was accepted/,
    ({ facts }) => without(facts.events, ({ id }) => id === 'accepted'),
  ],
  [
    'an endpoint whose end nobody was told',
    /^I7 0 events tell that .* was disabled/,
    ({ facts }) => without(facts.events, ({ id }) => id === 'gone'),
  ],
  [
    'an end that was told twice',
    /^I7 2 events tell that job job finished/,
    ({ facts }) => void facts.events.push({ ...facts.events[1]!, id: 'again' }),
  ],
  [
    'a later round whose end nobody was told',
    /^I7 0 events tell that job job finished/,
    ({ facts }) => void (facts.jobs[0]!.round = 2),
  ],
  [
    'an earlier round that was told as the last one',
    /^I7 event completed .* other counts/,
    ({ facts }) => {
      Object.assign(facts.jobs[0]!, { round: 2, succeeded: 2, failed: 0 });
      const { counts } = facts.events[1]!.data.job as { counts: object };
      Object.assign(counts, { succeeded: 2, failed: 0 });
    },
  ],
  [
    'a second acceptance that nobody was told',
    /^I7 1 events tell that invitation invitation was accepted, not 2/,
    ({ facts }) => {
      const [invite] = facts.invites;
      facts.invites = [1_100, 1_200].map((decided_at) => ({
        ...invite!,
        state: 'accepted',
        decided_at,
      }));
    },
  ],
  [
    'an event of what did not happen',
    /^I7 event failed .* did not happen/,
    ({ facts }) => void (facts.events[0]!.position = 0),
  ],
  [
    'an event that counts otherwise than its job',
    /^I7 event completed .* other counts/,
    ({ facts }) => void (facts.jobs[0]!.succeeded = 2),
  ],
  [
    'an event of a failure of another kind',
    /^I7 event failed .* something else than outcome 1/,
    ({ facts }) => void (facts.outcomes[1]!.code = 'internal_error'),
  ],
  [
    "another organization's event",
    /^I7 event accepted .* another organization/,
    ({ facts }) => void (facts.events[3]!.org_id = 'other'),
  ],
  [
    'a listener that was left out',
    /^I7 event completed .* goes to /,
    ({ facts }) => without(facts.deliveries, ({ id }) => id === 'd8'),
  ],
  [
    'an endpoint that was told what it did not want to know',
    /^I7 event failed .* goes to /,
    ({ facts }) => void (facts.endpoints[0]!.event_types = ['job.completed']),
  ],
  [
    'a callback that was lost',
    /^I7 there is no endpoint .*callback/,
    ({ facts }) => void facts.endpoints.pop(),
  ],
  [
    'a delivery that never ended',
    /^I7 delivery d1 .* never ended/,
    (all) => void (deliveryOf(all, 'd1').state = 'retrying'),
  ],
  [
    'a delivery that was given up too soon',
    /^I7 delivery d1 .* 1 attempts only/,
    (all) => void (deliveryOf(all, 'd1').state = 'exhausted'),
  ],
  [
    'a delivery that was dropped though its endpoint serves',
    /^I7 delivery d1 .* its endpoint is not/,
    (all) => void (deliveryOf(all, 'd1').state = 'disabled'),
  ],
  [
    'an attempt that is not in the log',
    /^I7 delivery d0 .* 0 are told/,
    ({ facts }) => void facts.attempts.shift(),
  ],
  [
    'a number that was given twice',
    /^I7 .*endpoint\/0 was sent 1,2,2,4/,
    (all) => void (deliveryOf(all, 'd2').sequence = 2),
  ],
  [
    'a number that was left out',
    /^I7 .*endpoint\/0 was sent .* counts 5/,
    ({ facts }) => void (facts.endpoints[0]!.last_sequence = 5),
  ],
  [
    'a delivery that got another number',
    /^I7 delivery d0 was number 1, then 7/,
    ({ facts }) => void (facts.deliveryChanges[0]!.after!.sequence = 7),
  ],
  [
    'an endpoint that was disabled without a 410',
    /^I7 .*endpoint\/1 never answered 410/,
    (all) => void (copyOf(all, URLS.gone, 'failed').answered = 500),
  ],
  [
    'an endpoint that answered 410 and serves on',
    /^I7 .*endpoint\/0 answered 410/,
    (all) => void (copyOf(all, URLS.inOrder, 'failed').answered = 410),
  ],
  [
    'a delivery that never arrived',
    /^I7 .* completed is delivered, and was answered $/,
    ({ evidence }) => without(evidence.webhooks.received, ({ url }) => url === URLS.callback),
  ],
  [
    'a delivery that was only refused',
    /^I7 .* is delivered, and was answered 500/,
    (all) => void (copyOf(all, URLS.callback, 'completed').answered = 500),
  ],
  [
    'an id of its own for a second copy',
    /^I7 1 times .* other came, which nobody has to get/,
    (all) => void (copyOf(all, URLS.callback, 'completed').headers['webhook-id'] = 'other'),
  ],
  [
    'a webhook at an address that nobody registered',
    /^I7 1 times .*elsewhere .* which nobody has to get/,
    (all) => void (copyOf(all, URLS.callback, 'completed').url = 'http://receiver/elsewhere'),
  ],
  [
    'a copy with another body',
    /^I7 .* came in 2 copies that are not the same/,
    ({ evidence, facts }) => {
      const body = bodyOf(facts.events[1]!, 9);
      const id = 'completed';
      evidence.webhooks.received.push(webhook(20_000, URLS.callback, { id, body }, 'e2'));
    },
  ],
  [
    "a signature under another endpoint's secret",
    /^I7 .* its signature is not valid/,
    (all) => {
      const { at, url, body } = copyOf(all, URLS.inOrder, 'failed');
      all.evidence.webhooks.received[0] = webhook(at, url, { id: 'failed', body }, 'e1');
    },
  ],
  [
    'a body that was changed after its signing',
    /^I7 .* its signature is not valid/,
    (all) => void (copyOf(all, URLS.callback, 'completed').body += ' '),
  ],
  [
    'a body that says another sequence',
    /^I7 .* it says /,
    ({ evidence, facts }) => {
      const body = bodyOf(facts.events[1]!, 9);
      evidence.webhooks.received.pop();
      const id = 'completed';
      evidence.webhooks.received.push(webhook(20_000, URLS.callback, { id, body }, 'e2'));
    },
  ],
  [
    'a webhook that was signed long ago',
    /^I7 .* it was signed 5\d+ ms ago/,
    (all) => void (copyOf(all, URLS.callback, 'completed').at += 50_000),
  ],
  [
    'a log that tells of an answer that nobody gave',
    /^I7 .* was answered 503 0 times, not 1/,
    ({ facts }) => void (facts.attempts[0]!.status = 503),
  ],
  [
    'a callback secret that was told twice',
    /^I11 a secret was told twice/,
    ({ evidence }) => void evidence.answers.push({ ...evidence.answers[0]! }),
  ],
  [
    'a secret in a log',
    /^I11 a signing secret stands in a line of worker-1/,
    ({ evidence }) => {
      evidence.secrets = [{ name: 'a signing secret', value: secretOf('e0') }];
      evidence.lines = [{ process: 'worker-1', line: `{"secret":"${secretOf('e0')}"}` }];
    },
  ],
  [
    'one that came before the one before it had ended',
    /^I7 .*endpoint\/0 got 2 40 ms before 1 had ended/,
    (all) => void (copyOf(all, URLS.inOrder, 'completed').at = 10_010),
  ],
  [
    'one that came before an earlier one that never did',
    /^I7 .*endpoint\/0 got 4 .* before 3 had ended/,
    ({ facts }) => without(facts.deliveryChanges, ({ id }) => id === 'd2'),
  ],
  [
    'a contact that was not told of an end',
    /^I6 0 emails were decided on for the end of endpoint e1/,
    ({ evidence }) => void (evidence.webhooks.contacts = { org: 'contact@example.com' }),
  ],
])('the checker sees %s', (_, found, change) => {
  expect(judge(change)).toContainEqual(expect.stringMatching(found));
});

test('a further copy of what had come before may come late', () => {
  const late = ({ evidence, facts }: All) => {
    const { url, body } = evidence.webhooks.received[0]!;
    evidence.webhooks.received.push(webhook(30_000, url, { id: 'failed', body }, 'e0'));
    facts.deliveries[0]!.attempts = 2;
    facts.attempts.unshift({ delivery_id: 'd0', number: 1, status: null, code: 'interrupted' });
    facts.attempts[1]!.number = 2;
  };
  expect(judge(late)).toEqual([]);
});

test('a delivery ends with its task, once', () => {
  const all = webhooksWell();
  const gone = { seq: 1, at: 1, process: 'worker-1#1', id: 'task', after: null };
  const follow = (xid: string) => {
    const findings = createFindings();
    const subjects = all.facts.deliveryChanges.map(({ id }) => id);
    all.facts.taskChanges = subjects.map((subject_id) => ({
      ...gone,
      xid,
      before: { ...task, subject_id, job_id: null },
    }));
    all.facts.outcomes = [];
    checkLeases(all.facts, findings);
    return findings.violations().map(({ what }) => what);
  };
  expect(follow('0')).toEqual([]);
  expect(follow('9')).toContain('worker-1#1 ended delivery d0 without taking its task');
  const first = all.facts.deliveryChanges[0]!;
  all.facts.deliveryChanges = [{ ...first, before: first.after, after: first.before }];
  expect(follow('0')).toEqual(['delivery d0 was delivered and became pending']);
});
