import { expect, test, vi } from 'vitest';
import { sql } from 'kysely';
import type { Verdict } from './kind.ts';
import { takeLease } from './lease.ts';
import { runTask } from './run-task.ts';
import { startCuttingProxy } from '../../../test/support/cutting-proxy.ts';
import { createTestCall, DONE } from './testing/test-call.ts';
import { aCall, deliver, expireLease, readTask, redeliver, useBench } from './testing/use-bench.ts';

const bench = useBench();

async function die(taskId: string): Promise<void> {
  const token = crypto.randomUUID();
  await takeLease(bench.engine(), taskId, { token, countAttempt: true });
  await expireLease(bench.db, taskId);
}

test('a call is leased, its attempt counted and committed, before it is made', async () => {
  const id = await aCall(bench);
  const seen: unknown[] = [];
  const call = createTestCall(async () => {
    seen.push(await readTask(bench.db, id));
    return DONE;
  });

  await runTask(bench.engine({ kinds: [call] }), deliver(id));

  expect(seen).toMatchObject([{ attempts: 1, lease_token: expect.any(String) }]);
  expect(call.recorded).toEqual([DONE]);
  expect(await readTask(bench.db, id)).toBeUndefined();
});

test('two processes with one message make one call', async () => {
  let calls = 0;
  const call = createTestCall(async () => {
    calls += 1;
    return DONE;
  });
  const engines = [bench.engine({ kinds: [call] }), bench.engine({ kinds: [call] })] as const;
  const ids = await Promise.all(Array.from({ length: 30 }, () => aCall(bench)));

  await Promise.all(
    ids.flatMap((id) => [runTask(engines[0], deliver(id)), runTask(engines[1], redeliver(id))]),
  );

  expect(calls).toBe(30);
  expect(call.recorded).toHaveLength(30);
});

test('a verdict to try again keeps the task, with its attempts and its reason', async () => {
  const id = await aCall(bench);
  const later: Verdict = {
    kind: 'retryAt',
    delayMs: 60_000,
    code: '451',
    message: 'busy',
    ambiguous: false,
  };
  const call = createTestCall(async () => later);

  await runTask(bench.engine({ kinds: [call] }), deliver(id));

  expect(await readTask(bench.db, id)).toMatchObject({
    attempts: 1,
    last_code: '451',
    last_message: 'busy',
    lease_token: null,
    sent_at: null,
  });
  expect((await readTask(bench.db, id))!.due_at.getTime()).toBeGreaterThan(Date.now() + 50_000);
});

test('a result is recorded late, as long as the lease is still ours', async () => {
  const id = await aCall(bench);
  const call = createTestCall(async () => {
    await expireLease(bench.db, id);
    return DONE;
  });

  await runTask(bench.engine({ kinds: [call] }), deliver(id));

  expect(call.recorded).toEqual([DONE]);
  expect(await readTask(bench.db, id)).toBeUndefined();
});

test('a result under a lost lease is not recorded', async () => {
  const id = await aCall(bench);
  const call = createTestCall(async () => {
    await expireLease(bench.db, id);
    await takeLease(bench.engine(), id, { token: crypto.randomUUID(), countAttempt: true });
    return DONE;
  });

  await runTask(bench.engine({ kinds: [call] }), deliver(id));

  expect(call.recorded).toEqual([]);
  expect(await readTask(bench.db, id)).toMatchObject({ attempts: 2, deaths: 1 });
});

test('a silent holder’s call is ambiguous: the kind is told, and may stop', async () => {
  const [again, held] = [await aCall(bench), await aCall(bench)];
  await die(again);
  await die(held);
  const call = createTestCall();
  const engine = bench.engine({ kinds: [call] });

  await runTask(engine, redeliver(again));
  expect(call).toMatchObject({ takeovers: 1, recorded: [DONE] });

  call.onTakeOver = 'stop';
  await runTask(engine, redeliver(held));
  expect(call.recorded[1]).toMatchObject({ kind: 'giveUp', code: 'unanswered', ambiguous: true });
});

test('three deaths of its lease end a call, unmade', async () => {
  const id = await aCall(bench);
  await die(id);
  await die(id);
  await die(id);
  let calls = 0;
  const call = createTestCall(async () => {
    calls += 1;
    return DONE;
  });

  await runTask(bench.engine({ kinds: [call] }), redeliver(id));

  expect(calls).toBe(0);
  expect(call.recorded).toMatchObject([
    { kind: 'giveUp', code: 'internal_error', ambiguous: true },
  ]);
  expect(await readTask(bench.db, id)).toBeUndefined();
});

test('a call that cannot be prepared is tried again, and is neither a death nor ambiguous', async () => {
  const id = await aCall(bench);
  const call = createTestCall();
  call.onPrepare = async () => {
    throw new Error('no template');
  };

  await runTask(bench.engine({ kinds: [call] }), deliver(id));

  expect(call.recorded).toMatchObject([
    { kind: 'retryAt', code: 'internal_error', ambiguous: false },
  ]);
  expect(await readTask(bench.db, id)).toMatchObject({
    attempts: 1,
    deaths: 0,
    lease_token: null,
    last_code: 'internal_error',
  });
});

test('a call that cannot be prepared for a day ends', async () => {
  const id = await aCall(bench);
  await sql`update tasks set created_at = now() - interval '25 hours' where id = ${id}`.execute(
    bench.db,
  );
  const call = createTestCall();
  call.onPrepare = async () => {
    throw new Error('no template');
  };

  await runTask(bench.engine({ kinds: [call] }), deliver(id));

  expect(call.recorded).toMatchObject([{ kind: 'giveUp', ambiguous: false }]);
});

test('a call is not made once its lease ran out in preparing, and costs no attempt', async () => {
  const id = await aCall(bench);
  let calls = 0;
  const call = createTestCall(async () => {
    calls += 1;
    return DONE;
  });
  const { onPrepare } = call;
  call.onPrepare = async (task) => {
    vi.advanceTimersByTime(9_500);
    return onPrepare(task);
  };
  const engine = bench.engine({ kinds: [call] });
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  });

  await runTask(engine, deliver(id)).finally(() => vi.useRealTimers());

  expect(calls).toBe(0);
  expect(call.recorded).toEqual([]);
  expect(await readTask(bench.db, id)).toMatchObject({
    attempts: 0,
    deaths: 0,
    lease_token: null,
    sent_at: null,
  });
});

test.each(['before', 'after'] as const)(
  'a lost answer to a COMMIT (%s Postgres heard it) makes one call and records one result',
  async (when) => {
    const proxy = await startCuttingProxy(bench.url);
    for (const at of ['lease', 'record'] as const) {
      const id = await aCall(bench);
      let calls = 0;
      const call = createTestCall(async () => {
        calls += 1;
        if (at === 'record') proxy.cutNextCommit(when);
        return DONE;
      });
      const engine = bench.engine({ url: proxy.url, kinds: [call] });
      if (at === 'lease') proxy.cutNextCommit(when);

      await runTask(engine, deliver(id));

      expect(calls).toBe(1);
      expect(call.takeovers).toBe(0);
      expect(await readTask(bench.db, id)).toBeUndefined();
    }
    expect(proxy.cuts).toBe(2);
    await proxy.close();
  },
);
