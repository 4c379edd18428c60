import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import type { LedgerCall } from './call-ledger.ts';
import type { Fault, Faults } from './fault.ts';
import { createIdempotency } from './idempotency.ts';
import type { Dialect, Incoming, Route } from './route.ts';
import { answerBefore, spoilAfter } from './with-fault.ts';

/** The provider behind its HTTP: what it does about one call, its faults included. */
export interface Upstream {
  answer(incoming: Incoming, dialect: Dialect, route: Route, entry: LedgerCall): Promise<Answer>;
  /** Creations for the group are refused from now on. */
  reject(groupId: string, status: number, message: string): void;
  accept(groupId: string): void;
  /** Lets the `held` calls go on. */
  release(): void;
  /** Ends all waiting. */
  close(): void;
}

export function createUpstream(options: {
  faults: Faults;
  honoursKeys: boolean;
  slowMs: number;
  retryAfterSeconds: number;
}): Upstream {
  const { faults, honoursKeys, slowMs, retryAfterSeconds } = options;
  const idempotency = createIdempotency();
  const rejections = new Map<string, { status: number; message: string }>();
  const closing = new AbortController();
  let held = Promise.withResolvers<void>();

  async function execute(dialect: Dialect, route: Route, fault: Fault | undefined) {
    if (fault === 'slow') await delay(slowMs, undefined, { signal: closing.signal });
    if (fault === 'held') await held.promise;
    const rejection = route.operation === 'create' && rejections.get(route.groupId ?? '');
    if (rejection) return dialect.refuse(rejection.status, rejection.message);
    if (fault === '500') return dialect.refuse(500, 'Something went wrong on our end');
    const done = route.perform();
    return fault === '500-after' ? dialect.refuse(500, 'Something went wrong afterwards') : done;
  }

  return {
    async answer(incoming, dialect, route, entry) {
      const fault = faults.pick(route.operation);
      entry.fault = fault ?? null;
      const before = answerBefore(fault, dialect, { key: entry.key, retryAfterSeconds });
      if (before) return before;
      const run = () => execute(dialect, route, fault);
      if (dialect.provider !== 'stripe' || entry.key === null || !honoursKeys) {
        return spoilAfter(fault, await run());
      }
      const parameters = new URLSearchParams(incoming.body);
      parameters.sort();
      const fingerprint = `${incoming.method} ${incoming.path} ${parameters.toString()}`;
      const { answer, replayed } = await idempotency.run(entry.key, fingerprint, run);
      entry.replayed = replayed;
      return spoilAfter(fault, answer);
    },
    reject(groupId, status, message) {
      rejections.set(groupId, { status, message });
    },
    accept(groupId) {
      rejections.delete(groupId);
    },
    release() {
      held.resolve();
      held = Promise.withResolvers();
    },
    close() {
      closing.abort();
      held.resolve();
    },
  };
}
