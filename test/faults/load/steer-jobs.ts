import { setTimeout as delay } from 'node:timers/promises';
import type { Steered } from '../checker/evidence.ts';
import type { PlannedAct, PlannedSteering } from '../plan/plan.ts';
import { askUntilAnswered, type Call } from './careful-client.ts';
import type { Load } from './drive-load.ts';

interface Steering {
  plan: PlannedSteering;
  /** Of its organization. */
  apiKey: string;
  /** Resolves once its client knows the job; undefined: it never did. */
  jobId: Promise<string | undefined>;
  apiUrls: readonly string[];
  signal: AbortSignal;
  number: number;
}

/** How often an invitation is looked for whose email has gone, and how long between. */
const LOOKS = 15;
const BETWEEN_MS = 200;
/** An act that is lost is no act: each has a key where its route takes one. */
const KEYED: ReadonlySet<PlannedAct['verb']> = new Set(['redrive', 'resend', 'revoke']);

/** Do to one job what is planned, through the API, and see that it ends: a paused one is resumed. */
export async function steerJob(steering: Steering, load: Load): Promise<void> {
  const { plan, signal } = steering;
  const jobId = await steering.jobId;
  if (jobId === undefined) return;
  let acts = 0;
  for (const { ended, afterMs, acts: planned } of plan.steps) {
    if (ended) await untilEnded(steering, load, jobId);
    const goesOn = await delay(afterMs, true, { signal }).catch(() => false);
    // The trial ended first.
    if (!goesOn) return;
    await Promise.all(
      planned.map((each) => {
        acts += 1;
        return act(steering, load, jobId, { ...each, key: `${plan.tag}-act-${acts}` });
      }),
    );
  }
  await untilEnded(steering, load, jobId);
}

async function untilEnded(steering: Steering, load: Load, jobId: string): Promise<void> {
  while (!steering.signal.aborted) {
    const { job } = await read<{ job?: { state: string; finished_at: string | null } }>(
      steering,
      load,
      { path: `/api/v1/jobs/${jobId}?wait=1`, what: 'GET /api/v1/jobs/:id' },
    );
    if (job?.finished_at) return;
    if (job?.state !== 'paused') continue;
    await act(steering, load, jobId, { verb: 'resume', twice: false, key: '' });
  }
}

async function act(
  steering: Steering,
  load: Load,
  jobId: string,
  { verb, twice, codes, resendEmail, key }: PlannedAct & { key: string },
): Promise<void> {
  const { signal, apiKey, apiUrls, number } = steering;
  const ofInvitation = verb === 'resend' || verb === 'revoke';
  const id = ofInvitation ? await findInvitation(steering, load, jobId, verb) : jobId;
  if (id === undefined) return;
  const steered: Steered = {
    verb,
    id,
    codes: codes ?? null,
    resendEmail: resendEmail ?? false,
    tries: [],
    told: [],
  };
  load.steered.push(steered);
  const route = `/api/v1/${ofInvitation ? 'invitations' : 'jobs'}`;
  const what = `POST ${route}/:id/${verb}`;
  const call: Call = {
    method: 'POST',
    path: `${route}/${id}/${verb}`,
    headers: { 'x-api-key': apiKey, ...(KEYED.has(verb) && { 'idempotency-key': key }) },
    body: verb === 'redrive' ? { ...(codes && { codes }), resend_email: resendEmail } : {},
  };
  const send = async (first: number) => {
    const reply = await askUntilAnswered(apiUrls, call, {
      signal,
      first,
      onReply: (each) => void load.answers.push({ at: Date.now(), tag: null, what, ...each }),
      onTry: (each) => void steered.tries.push(each),
    });
    if (!reply) load.unanswered.push(`${what} of ${steering.plan.tag}`);
    const { job } = (reply?.body ?? {}) as { job?: { round: number; finished_at: string | null } };
    if (job) steered.told.push({ round: job.round, finished: job.finished_at !== null });
  };
  const copies = twice ? [number, number + 1] : [number];
  await Promise.all(copies.map(send));
}

/** The job's invitation; one to be sent again is looked for until its email has gone, for a while. */
async function findInvitation(
  steering: Steering,
  load: Load,
  jobId: string,
  verb: PlannedAct['verb'],
): Promise<string | undefined> {
  for (let look = 1; ; look += 1) {
    const { invitations } = await read<{
      invitations?: Array<{ id: string; email_state: string | null }>;
    }>(steering, load, {
      path: `/api/v1/invitations?job_id=${jobId}`,
      what: 'GET /api/v1/invitations',
    });
    const [found] = invitations ?? [];
    const ready = verb === 'revoke' || (found && !WAITING.has(found.email_state));
    if (ready || look === LOOKS || steering.signal.aborted) return found?.id;
    await delay(BETWEEN_MS);
  }
}

const WAITING = new Set<string | null>([null, 'pending']);

async function read<Body extends object>(
  { apiUrls, apiKey, signal, number }: Steering,
  load: Load,
  { path, what }: { path: string; what: string },
): Promise<Partial<Body>> {
  const call: Call = { method: 'GET', path, headers: { 'x-api-key': apiKey } };
  const reply = await askUntilAnswered(apiUrls, call, {
    signal,
    first: number,
    onReply: (each) => void load.answers.push({ at: Date.now(), tag: null, what, ...each }),
  });
  return (reply?.body ?? {}) as Partial<Body>;
}
