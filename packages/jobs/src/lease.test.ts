import { afterEach, expect, test, vi } from 'vitest';
import { sql } from 'kysely';
import { takeLease, withRenewal, type Lease } from './lease.ts';
import { startCuttingProxy } from '../../../test/support/cutting-proxy.ts';
import { aCall, expireLease, readTask, useBench } from './testing/use-bench.ts';

const bench = useBench();
afterEach(() => {
  vi.useRealTimers();
});

const take = async (taskId: string, token: string = crypto.randomUUID()): Promise<Lease> => {
  const lease = await takeLease(bench.engine(), taskId, { token, countAttempt: true });
  if (!lease) throw new Error('not leased');
  return lease;
};

/** Let real input and output go on while time stands still. */
async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

const stopClock = () =>
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  });

test('of many that ask for a lease at once, one gets it', async () => {
  const id = await aCall(bench);
  const engines = [bench.engine(), bench.engine()] as const;
  const leases = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      takeLease(engines[n % 2]!, id, { token: crypto.randomUUID(), countAttempt: true }),
    ),
  );
  expect(leases.filter(Boolean)).toHaveLength(1);
  expect(await readTask(bench.db, id)).toMatchObject({ attempts: 1, deaths: 0 });
});

test('a lease whose COMMIT was not answered is taken again: no attempt, no death, no takeover', async () => {
  const id = await aCall(bench);
  const token = crypto.randomUUID();
  await take(id, token);
  let takenOver = 0;

  const again = await takeLease(bench.engine(), id, {
    token,
    countAttempt: true,
    onTakeOver: async () => void (takenOver += 1),
  });

  expect(again?.task).toMatchObject({ lease_token: token, attempts: 1, deaths: 0 });
  expect(takenOver).toBe(0);
});

test('renewal keeps a lease as long as the work takes', async () => {
  const id = await aCall(bench);
  const lease = await take(id);
  const first = lease.task.leased_until as Date;
  const engine = bench.engine();
  stopClock();

  await withRenewal(engine, { ...lease, since: performance.now() }, async (signal) => {
    for (let seen = first, renewals = 0; renewals < 5; renewals += 1) {
      vi.advanceTimersByTime(3_000);
      const last = seen;
      await until(async () => {
        seen = (await readTask(bench.db, id))?.leased_until as Date;
        return seen > last;
      });
      // The renewal's own answer moves the deadline: let it arrive.
      await sql`select 1`.execute(engine.db);
    }
    expect(signal.aborted).toBe(false);
  });
});

test('a lease lost to another aborts the work', async () => {
  const id = await aCall(bench);
  const lease = await take(id);
  await expireLease(bench.db, id);
  await take(id);
  const engine = bench.engine();
  stopClock();

  await withRenewal(engine, { ...lease, since: performance.now() }, async (signal) => {
    vi.advanceTimersByTime(3_000);
    await until(() => signal.aborted);
    expect(signal.reason).toMatchObject({ message: 'the lease was lost' });
  });
});

test('work is aborted before its lease runs out, even when Postgres is away', async () => {
  const id = await aCall(bench);
  const lease = await take(id);
  const proxy = await startCuttingProxy(bench.url);
  const engine = bench.engine({ url: proxy.url });
  proxy.setDown(true);
  stopClock();

  await withRenewal(engine, { ...lease, since: performance.now() }, async (signal) => {
    vi.advanceTimersByTime(8_900);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(signal.aborted).toBe(true);
  });
  vi.useRealTimers();
  await proxy.close();
});

test('the time that taking the lease took is part of it', async () => {
  const id = await aCall(bench);
  const lease = await take(id);
  const engine = bench.engine();
  stopClock();

  await withRenewal(engine, { ...lease, since: performance.now() - 6_000 }, async (signal) => {
    vi.advanceTimersByTime(2_900);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(signal.aborted).toBe(true);
  });
});
