import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Asked, Try } from '../checker/evidence.ts';
import type { Plan } from '../plan/plan.ts';
import { askUntilAnswered, type Reply } from './careful-client.ts';
import { errandsOf, type Errand } from './errands.ts';

export interface LoadTenant {
  id: string;
  key: string;
  /** Whom to tell of its endpoints. */
  contactEmail: string | null;
  websiteIds: string[];
  groupIds: string[];
}

export interface LoadOptions {
  plan: Plan;
  tenants: readonly [LoadTenant, LoadTenant];
  apiUrls: readonly string[];
  /** The `callback_url` of a request's job, if it has one. */
  callbackOf: (tag: string) => string | undefined;
  /** Aborted when nobody waits for answers any more. */
  signal: AbortSignal;
}

/** What the clients did and heard. */
export interface Load {
  asked: Asked[];
  answers: Answer[];
  /** Every try, answered or not, but for those with another body. */
  tries: Try[];
  /** Resolves when every client has its answer, or has given up. */
  done: Promise<void>;
  /** Requests that were never answered, though asked carefully. */
  unanswered: string[];
}

/** Start all clients of the plan, each at its time. */
export function driveLoad(options: LoadOptions): Load {
  const load: Load = { asked: [], answers: [], tries: [], done: Promise.resolve(), unanswered: [] };
  const errands = errandsOf(options.plan, options.tenants, options.callbackOf);
  load.done = Promise.all(
    errands.map((errand, number) => beOneClient(options, load, errand, number)),
  ).then(() => undefined);
  return load;
}

async function beOneClient(
  { apiUrls, signal }: LoadOptions,
  load: Load,
  { plan, asked, call, other, final }: Errand,
  number: number,
): Promise<void> {
  const { tag, key, route: what } = asked;
  const once = key === null;
  const send = async (first: number, otherBody = false): Promise<Reply | undefined> => {
    const sent = otherBody ? { ...call, body: other } : call;
    const reply = await askUntilAnswered(apiUrls, sent, {
      signal,
      first,
      once,
      final: final ? [502] : [],
      onReply: (each) =>
        void load.answers.push({
          at: Date.now(),
          tag,
          what,
          ...each,
          ...(otherBody && { otherBody }),
        }),
      onTry: (each) => {
        if (!otherBody) load.tries.push({ tag, ...each });
      },
    });
    if (!reply && !once) load.unanswered.push(`${tag} ${what}`);
    return reply;
  };

  const begun = await delay(plan.at, true, { signal }).catch(() => false);
  // The trial ended first.
  if (!begun) return;
  load.asked.push(asked);
  const copies = Array.from({ length: plan.copies }, (_, copy) => send(number + copy));
  const replies = await Promise.all(copies);
  // What was answered 502 has no key any more: asked again, it is another request.
  if (replies.some((reply) => reply?.status === 502)) return;
  if (plan.again) await send(number + 1);
  if (plan.otherBody) await send(number, true);
}
