import { setTimeout as delay } from 'node:timers/promises';
import { jobIdOf } from '../checker/check-jobs.ts';
import type { Answer, Asked, Steered, Try } from '../checker/evidence.ts';
import type { Plan } from '../plan/plan.ts';
import { askUntilAnswered, type Reply } from './careful-client.ts';
import { errandsOf, type Errand } from './errands.ts';
import { steerJob } from './steer-jobs.ts';

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
  /** What was asked of jobs and invitations afterwards. */
  steered: Steered[];
  /** Resolves when every client has its answer, or has given up. */
  done: Promise<void>;
  /** Requests that were never answered, though asked carefully. */
  unanswered: string[];
}

/** Start all clients of the plan, each at its time. */
export function driveLoad(options: LoadOptions): Load {
  const load: Load = {
    asked: [],
    answers: [],
    tries: [],
    steered: [],
    done: Promise.resolve(),
    unanswered: [],
  };
  const errands = errandsOf(options.plan, options.tenants, options.callbackOf);
  const steering = new Map(options.plan.steering.map((plan) => [plan.tag, plan]));
  const beClient = async (errand: Errand, number: number) => {
    const { promise: jobId, resolve: onJob } = Promise.withResolvers<string | undefined>();
    const plan = steering.get(errand.asked.tag);
    const { apiUrls, signal } = options;
    const { 'x-api-key': apiKey = '' } = errand.call.headers;
    await Promise.all([
      beOneClient(options, load, errand, number, onJob).finally(() => onJob(undefined)),
      plan && steerJob({ plan, apiKey, jobId, apiUrls, signal, number }, load),
    ]);
  };
  load.done = Promise.all(errands.map(beClient)).then(() => undefined);
  return load;
}

async function beOneClient(
  { apiUrls, signal }: LoadOptions,
  load: Load,
  { plan, asked, call, other, final }: Errand,
  number: number,
  onJob: (id: string | undefined) => void,
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
      onReply(each) {
        const answer = { at: Date.now(), tag, what, ...each, ...(otherBody && { otherBody }) };
        load.answers.push(answer);
        const [id] = jobIdOf(answer);
        if (id !== undefined) onJob(id);
      },
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
