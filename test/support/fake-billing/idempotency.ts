import type { Answer } from './answer.ts';
import { stripeError } from './stripe-error.ts';

type Sent = Exclude<Answer, string>;
type Stored = { fingerprint: string; answer: Sent | undefined };

/**
 * Stripe's idempotency layer: the first answer under a key is stored, whatever it is, and replayed;
 * 400 with other parameters, 409 while the first request still runs.
 */
export interface Idempotency {
  /** @param fingerprint what must be the same again: method, path, parameters. */
  run(
    key: string,
    fingerprint: string,
    execute: () => Promise<Sent>,
  ): Promise<{ answer: Sent; replayed: boolean }>;
}

export function createIdempotency(): Idempotency {
  const keys = new Map<string, Stored>();
  return {
    async run(key, fingerprint, execute) {
      const known = keys.get(key);
      if (known) {
        if (!known.answer) return { answer: keyInUse(key), replayed: false };
        if (known.fingerprint !== fingerprint) {
          return { answer: otherParameters(key), replayed: false };
        }
        const headers = { ...known.answer.headers, 'idempotent-replayed': 'true' };
        return { answer: { ...known.answer, headers }, replayed: true };
      }
      const stored: Stored = { fingerprint, answer: undefined };
      keys.set(key, stored);
      stored.answer = await execute();
      return { answer: stored.answer, replayed: false };
    },
  };
}

export function keyInUse(key: string): Sent {
  const message = `Another request with the key '${key}' is in progress.`;
  return stripeError(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message });
}

export function otherParameters(key: string): Sent {
  const message = `The key '${key}' was first used with other parameters.`;
  return stripeError(400, { type: 'idempotency_error', message });
}
