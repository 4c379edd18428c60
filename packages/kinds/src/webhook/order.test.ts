import type { Delivery } from '@usher/db';
import { prepareDeliveries } from '@usher/events';
import { runTask } from '@usher/jobs';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { anEndpoint, PAUSES, REFUSED } from '../testing/an-endpoint.ts';
import { useKinds } from '../testing/use-kinds.ts';

const use = useKinds();

test('in order, one that fails stays the first, and those behind it wait until it has ended', async () => {
  const endpoint = await anEndpoint(use, [REFUSED], { inOrder: true });
  await endpoint.publish(3);
  const [first, second] = await endpoint.tasks();
  await runTask(endpoint.engine, { taskId: first!.id, redelivered: false });
  expect((await endpoint.tasks()).map(({ id }) => id)[0]).toBe(first!.id);
  expect((await endpoint.gate()).closedMs).toBeGreaterThan(PAUSES[0]! * 0.8 - 2_000);
  // Even a message that comes too early calls nobody.
  await runTask(endpoint.engine, { taskId: second!.id, redelivered: false });
  expect(endpoint.sent).toHaveLength(1);
});

/** One of three waits in order, and its attempt goes wrong as told: it must stay the first. */
async function inOrderAfter(
  spoil: (endpoint: Awaited<ReturnType<typeof anEndpoint>>) => Promise<void>,
) {
  const endpoint = await anEndpoint(use, [REFUSED], { inOrder: true });
  await endpoint.publish(3);
  const before = await endpoint.tasks();
  await spoil(endpoint);
  const after = await endpoint.tasks();
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect((await endpoint.gate()).closedMs).toBeGreaterThan(0);
}

test('in order, a message too many does not cost the first its place', () =>
  inOrderAfter(async ({ engine, tasks }) => {
    const [first] = await tasks();
    for (let n = 0; n < 3; n += 1) await runTask(engine, { taskId: first!.id, redelivered: true });
  }));

test('in order, one that cannot be signed stays the first', () =>
  inOrderAfter(async ({ tasks }) => {
    const [first] = await tasks();
    const prepare = () => {
      throw new Error('A webhook secret cannot be opened');
    };
    await runTask(use.engine({ sender: { prepare } }), { taskId: first!.id, redelivered: false });
  }));

test('in order, three deaths of its workers do not cost the first its place', () =>
  inOrderAfter(async ({ engine, tasks }) => {
    const [first] = await tasks();
    await sql`update tasks set attempts = 1, deaths = 2, sent_at = now(),
      lease_token = gen_random_uuid(), leased_until = now() - interval '1 s'
      where id = ${first!.id}`.execute(use.db);
    await runTask(engine, { taskId: first!.id, redelivered: false });
  }));

test('an attempt that begins as its endpoint is disabled, or asked for twice, gives no number away', async () => {
  const endpoint = await anEndpoint(use);
  await endpoint.publish(2);
  const [first, second] = (await endpoint.deliveries()) as [Delivery, Delivery];
  const prepare = async (of: Delivery) =>
    (await prepareDeliveries(use.db, [{ orgId: endpoint.orgId, deliveryId: of.id }]))[0]!;
  // Both wait for the endpoint's row, which somebody holds.
  const hold = Promise.withResolvers<void>();
  const holding = Promise.withResolvers<void>();
  const disabling = use.db.transaction().execute(async (trx) => {
    await sql`update webhook_endpoints set updated_at = now() where id = ${endpoint.id}`.execute(
      trx,
    );
    holding.resolve();
    await hold.promise;
  });
  await holding.promise;
  const twice = [prepare(first), prepare(first)];
  await waitFor('both wait', async () => {
    const { rows } = await sql`select from pg_locks where not granted`.execute(use.db);
    return rows.length >= 2;
  });
  hold.resolve();
  await disabling;
  expect((await Promise.all(twice)).map(({ sequence }) => sequence)).toEqual([1, 1]);

  const off = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const disabled = use.db.transaction().execute(async (trx) => {
    await sql`update webhook_endpoints set disabled_at = now(), disabled_reason = 'test'
      where id = ${endpoint.id}`.execute(trx);
    begun.resolve();
    await off.promise;
  });
  await begun.promise;
  const late = prepare(second);
  await waitFor('it waits', async () => {
    const { rows } = await sql`select from pg_locks where not granted`.execute(use.db);
    return rows.length >= 1;
  });
  off.resolve();
  await disabled;
  expect(await late).toMatchObject({ disabled: true, sequence: null });
});
