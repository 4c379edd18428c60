import type { Delivery } from '@usher/db';
import { createEndpoint } from '@usher/events';
import { runTask } from '@usher/jobs';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { anEndpoint, PAUSES, REFUSED } from '../testing/an-endpoint.ts';
import { useKinds } from '../testing/use-kinds.ts';

const use = useKinds();

test('a delivery that succeeds is over, and what was sent and answered is in the log', async () => {
  const endpoint = await anEndpoint(use, [{ response: 'thanks' }]);
  await endpoint.publish();
  await endpoint.run();
  expect(await endpoint.tasks()).toEqual([]);
  const [delivery] = (await endpoint.deliveries()) as [Delivery];
  expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, last_code: 'delivered' });
  expect(await endpoint.log()).toMatchObject([
    { number: 1, status: 204, code: 'delivered', duration_ms: 12, response: 'thanks' },
  ]);
  const [sent] = endpoint.sent;
  expect(sent).toMatchObject({ eventId: delivery.event_id, endpointId: endpoint.id });
  expect(sent?.sealedSecrets.map(String)).toEqual(['whsec_test']);
  expect(JSON.parse(sent!.body)).toEqual({
    type: 'invitation.accepted',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: { n: 0, sequence: 1 },
  });
});

test('one that fails comes again under the same id, sequence and body, when its pause is over', async () => {
  const endpoint = await anEndpoint(use, [REFUSED]);
  await endpoint.publish();
  await endpoint.run();
  const [task] = await endpoint.tasks();
  const pause = task!.due_at.getTime() - Date.now();
  expect(pause).toBeGreaterThan(PAUSES[0]! * 0.8 - 2_000);
  expect(pause).toBeLessThanOrEqual(PAUSES[0]! * 1.2);
  expect(await endpoint.deliveries()).toMatchObject([{ state: 'retrying', last_code: 'refused' }]);
  await endpoint.run();
  expect(await endpoint.deliveries()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  expect(endpoint.sent[1]).toEqual(endpoint.sent[0]);
  expect(await endpoint.log()).toMatchObject([
    { number: 1, status: 500, code: 'refused', message: 'HTTP 500', response: 'oops' },
    { number: 2, status: 204 },
  ]);
});

test('when the schedule is at its end, so is the delivery: exhausted', async () => {
  const endpoint = await anEndpoint(use, [REFUSED, REFUSED, REFUSED]);
  await endpoint.publish();
  for (let n = 0; n < 3; n += 1) await endpoint.run();
  expect(await endpoint.tasks()).toEqual([]);
  expect(await endpoint.deliveries()).toMatchObject([{ state: 'exhausted', attempts: 3 }]);
});

test('Retry-After is waited for, by the delivery and by all others to the endpoint', async () => {
  const endpoint = await anEndpoint(use, [{ ...REFUSED, status: 503, retryAfterMs: 90_000 }]);
  await endpoint.publish();
  await endpoint.run();
  const [task] = await endpoint.tasks();
  expect(task!.due_at.getTime() - Date.now()).toBeGreaterThan(80_000);
  expect((await endpoint.gate()).closedMs).toBeGreaterThan(80_000);
});

test('sequence numbers have no gaps, whatever fails and whenever it is dispatched', async () => {
  const endpoint = await anEndpoint(use, [REFUSED, {}, REFUSED]);
  await endpoint.publish(12);
  await Promise.all(
    (await endpoint.tasks()).map(({ id }) =>
      runTask(endpoint.engine, { taskId: id, redelivered: false }),
    ),
  );
  while ((await endpoint.tasks()).length > 0) await endpoint.run();
  const sequences = (await endpoint.deliveries()).map(({ sequence }) => sequence as number);
  expect(sequences.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
  expect(await endpoint.row()).toMatchObject({ last_sequence: expect.anything() });
  const bySequence = new Map<number, Set<string>>();
  for (const { body, eventId } of endpoint.sent) {
    const { sequence } = JSON.parse(body).data;
    bySequence.set(sequence, (bySequence.get(sequence) ?? new Set()).add(eventId));
  }
  expect([...bySequence.values()].map((ids) => ids.size)).toEqual(Array(12).fill(1));
});

test('410 disables the endpoint at once: what waits for it ends, its contact and others hear of it', async () => {
  const endpoint = await anEndpoint(use, [{ code: 'gone', status: 410, message: 'HTTP 410' }], {
    contact: 'ops@acme.example',
  });
  const other = await use.db.transaction().execute((trx) =>
    createEndpoint(trx, {
      orgId: endpoint.orgId,
      url: 'https://other.example.com/',
      eventTypes: ['endpoint.disabled'],
      inOrder: false,
      secret: 'whsec_other',
      seal: (secret) => Buffer.from(secret),
    }),
  );
  await endpoint.publish(3);
  const [first] = await endpoint.tasks();
  await runTask(endpoint.engine, { taskId: first!.id, redelivered: false });
  expect(await endpoint.row()).toMatchObject({ disabled_reason: 'it answered 410 Gone' });
  const mine = (await endpoint.deliveries()).filter((each) => each.endpoint_id === endpoint.id);
  expect(mine.map(({ state }) => state)).toEqual(Array(mine.length).fill('disabled'));
  await endpoint.run();
  expect(endpoint.sent.map(({ url }) => url)).toEqual([
    'https://hooks.example.com/usher',
    'https://other.example.com/',
  ]);
  expect(JSON.parse(endpoint.sent[1]!.body)).toMatchObject({
    type: 'endpoint.disabled',
    data: { endpoint_id: endpoint.id, reason: 'it answered 410 Gone', sequence: 1 },
  });
  expect(endpoint.sent[1]!.endpointId).toBe(other.id);
  const sendings = await use.db
    .selectFrom('sendings')
    .selectAll()
    .where('org_id', '=', endpoint.orgId)
    .execute();
  expect(sendings).toMatchObject([
    { purpose: 'endpoint-disabled', subject_id: endpoint.id, recipient: 'ops@acme.example' },
  ]);
});

test('120 hours without a success disable an endpoint; one success, and they begin anew', async () => {
  const endpoint = await anEndpoint(use, [REFUSED, {}, REFUSED, REFUSED]);
  const age = (hours: number) =>
    sql`update webhook_endpoints set failing_since = now() - make_interval(hours => ${hours})
      where id = ${endpoint.id}`.execute(use.db);
  await endpoint.publish();
  await endpoint.run();
  expect((await endpoint.row()).failing_since).not.toBeNull();
  await age(119);
  await endpoint.run();
  expect(await endpoint.row()).toMatchObject({ failing_since: null, disabled_at: null });
  await endpoint.publish();
  await endpoint.run();
  await age(119);
  expect((await endpoint.row()).disabled_at).toBeNull();
  await age(121);
  await endpoint.run();
  expect(await endpoint.row()).toMatchObject({
    disabled_reason: 'no delivery succeeded for 120 hours',
    disablings: 1,
  });
  expect(await endpoint.tasks()).toEqual([]);
  expect((await endpoint.deliveries()).map(({ state }) => state)).toEqual([
    'delivered',
    'disabled',
  ]);
});

test('what happens while an endpoint is disabled waits to be recovered, and calls nobody', async () => {
  const endpoint = await anEndpoint(use, [{ code: 'gone', status: 410 }]);
  await endpoint.publish();
  await endpoint.run();
  await endpoint.publish(2);
  expect(await endpoint.tasks()).toEqual([]);
  expect((await endpoint.deliveries()).map(({ state }) => state)).toEqual(
    Array(3).fill('disabled'),
  );
  expect(endpoint.sent).toHaveLength(1);
});

test('a worker that ends in the middle repeats the delivery under its id, and both are in the log', async () => {
  const endpoint = await anEndpoint(use);
  await endpoint.publish();
  const [task] = await endpoint.tasks();
  const killed = use.engine({
    sender: { prepare: () => () => new Promise(() => undefined) },
    failpoint: (name) => {
      if (name === 'call:before') throw new Error('killed');
    },
  });
  await runTask(killed, { taskId: task!.id, redelivered: false });
  await sql`update tasks set leased_until = now() - interval '1 s' where id = ${task!.id}`.execute(
    use.db,
  );
  await runTask(endpoint.engine, { taskId: task!.id, redelivered: false });
  expect(await endpoint.deliveries()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  expect(await endpoint.log()).toMatchObject([
    { number: 1, code: 'interrupted', status: null, duration_ms: null },
    { number: 2, code: 'delivered' },
  ]);
});

test('three deaths of its workers end no delivery: it waits for its next attempt', async () => {
  const endpoint = await anEndpoint(use);
  await endpoint.publish();
  const [task] = await endpoint.tasks();
  await sql`update tasks set attempts = 1, deaths = 2, sent_at = now(), lease_token = gen_random_uuid(),
    leased_until = now() - interval '1 s' where id = ${task!.id}`.execute(use.db);
  await runTask(endpoint.engine, { taskId: task!.id, redelivered: false });
  expect(endpoint.sent).toEqual([]);
  const [waiting] = await endpoint.tasks();
  expect(waiting).toMatchObject({ deaths: 0, lease_token: null, last_code: 'interrupted' });
  await endpoint.run();
  expect(await endpoint.deliveries()).toMatchObject([{ state: 'delivered' }]);
});

test('a secret that cannot be opened is no failure of the endpoint: nobody is asked, and it comes again', async () => {
  const endpoint = await anEndpoint(use);
  await endpoint.publish();
  const [task] = await endpoint.tasks();
  const locked = use.engine({
    sender: {
      prepare() {
        throw new Error('A webhook secret cannot be opened');
      },
    },
  });
  await runTask(locked, { taskId: task!.id, redelivered: false });
  expect((await endpoint.row()).failing_since).toBeNull();
  expect(await endpoint.log()).toEqual([]);
  expect(await endpoint.tasks()).toMatchObject([
    { lease_token: null, last_code: 'internal_error' },
  ]);
  await endpoint.run();
  expect(await endpoint.deliveries()).toMatchObject([{ state: 'delivered', sequence: 1 }]);
});

test('what an address answered that the endpoint no longer has counts for nothing', async () => {
  const moved = () =>
    sql`update webhook_endpoints set url = 'https://new.example.com/' where id = ${endpoint.id}`.execute(
      use.db,
    );
  const endpoint = await anEndpoint(use, [
    async () => {
      await moved();
      return { code: 'gone', status: 410 };
    },
  ]);
  await endpoint.publish();
  await endpoint.run();
  expect(await endpoint.row()).toMatchObject({ disabled_at: null, failing_since: null });
  const other = await anEndpoint(use, [
    async () => {
      await sql`update webhook_endpoints set url = 'https://new.example.com/'
        where id = ${other.id}`.execute(use.db);
      return { ...REFUSED, status: 503, retryAfterMs: 86_400_000 };
    },
  ]);
  await other.publish();
  await other.run();
  expect(await other.gate()).toMatchObject({ closedMs: null, failures: 0 });
});
