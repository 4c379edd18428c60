import { z } from 'zod';
import type { Answer } from '../http/fetch-bounded.ts';
import type { Refusal } from '../http/judge-answer.ts';

const text = z.string().optional().catch(undefined);
const errorBody = z.object({ error: z.object({ type: text, code: text, message: text }) });

/**
 * What Stripe says in a refusal (https://docs.stripe.com/api/idempotent_requests and
 * https://docs.stripe.com/error-low-level). Once an endpoint has begun to execute, its answer is
 * stored under the idempotency key and replayed, a 500 included; such answers say
 * `Idempotent-Replayed: true`. 429, and 409 while the first request under a key runs, are not stored.
 */
export function explainRefusal(body: unknown, { status, headers }: Answer): Refusal {
  const { type, code, message } = errorBody.safeParse(body).data?.error ?? {};
  // Our own words where Stripe's would quote the idempotency key.
  if (code === 'idempotency_key_in_use' || (type === 'idempotency_error' && status === 409)) {
    return { message: 'An earlier request under the same key is still running', passing: true };
  }
  if (type === 'idempotency_error') {
    // Final for this key, but not for the group: what the first request made may be there to adopt.
    const taken = 'The key was used before, with other parameters';
    return { message: taken, passing: true, keySpent: true };
  }
  return {
    message,
    code,
    passing: code === 'rate_limit',
    keySpent: headers.get('idempotent-replayed') === 'true',
  };
}
