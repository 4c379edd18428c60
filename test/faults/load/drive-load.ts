import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Asked } from '../checker/evidence.ts';
import type { Plan, PlannedRequest, TargetRef } from '../plan/plan.ts';
import { askUntilAnswered, type Reply } from './careful-client.ts';

export interface LoadTenant {
  id: string;
  key: string;
  websiteIds: string[];
  groupIds: string[];
}

export interface LoadOptions {
  plan: Plan;
  tenants: readonly [LoadTenant, LoadTenant];
  apiUrls: readonly string[];
  /** Aborted when nobody waits for answers any more. */
  signal: AbortSignal;
}

/** What the clients did and heard. */
export interface Load {
  asked: Asked[];
  answers: Answer[];
  /** Resolves when every client has its answer, or has given up. */
  done: Promise<void>;
  /** Requests that were never answered, though asked carefully. */
  unanswered: string[];
}

/** Start all clients of the plan, each at its time. */
export function driveLoad(options: LoadOptions): Load {
  const load: Load = { asked: [], answers: [], done: Promise.resolve(), unanswered: [] };
  load.done = Promise.all(
    options.plan.requests.map((request) => beOneClient(options, load, request)),
  ).then(() => undefined);
  return load;
}

async function beOneClient(
  { plan, tenants, apiUrls, signal }: LoadOptions,
  load: Load,
  request: PlannedRequest,
): Promise<void> {
  const { tag, key, copies } = request;
  const tenant = tenants[request.organization];
  const targetIds = request.targets.map((ref) => resolve(ref, request, tenants));
  const path = request.surface === 'athena' ? '/api/v1/invites/bulk' : '/api/v1/jobs';
  const what = `POST ${path}`;
  const asked: Asked = {
    tag,
    orgId: tenant.id,
    route: what,
    key: key ?? null,
    method: request.method,
    email: request.email,
    of: request.of,
    targetIds,
  };
  const body = {
    ...(request.surface === 'native' && { kind: 'bulk-invite' }),
    invite_method: request.method,
    email: request.email,
    first_name: tag,
    [`${request.of}_ids`]: targetIds,
  };
  const headers = {
    'x-api-key': tenant.key,
    ...(request.prefer !== undefined && { prefer: request.prefer }),
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  const send = async (first: number, sent: object = body): Promise<Reply | undefined> => {
    const otherBody = sent !== body;
    const onReply = (reply: Reply) => {
      load.answers.push({ at: Date.now(), tag, what, ...reply, ...(otherBody && { otherBody }) });
    };
    const call = { method: 'POST', path, headers, body: sent } as const;
    const once = key === undefined;
    const reply = await askUntilAnswered(apiUrls, call, { signal, onReply, first, once });
    if (!reply && !once) load.unanswered.push(`${tag} ${what}`);
    return reply;
  };

  const begun = await delay(request.at, true, { signal }).catch(() => false);
  // The trial ended first.
  if (!begun) return;
  load.asked.push(asked);
  const seed = plan.requests.indexOf(request);
  await Promise.all(Array.from({ length: copies }, (_, copy) => send(seed + copy)));
  if (request.again) await send(seed + 1);
  if (request.otherBody) await send(seed, { ...body, email: `other-${request.email}` });
}

function resolve(
  ref: TargetRef,
  { organization, of }: PlannedRequest,
  tenants: LoadOptions['tenants'],
): string {
  const idsOf = (tenant: LoadTenant) => (of === 'website' ? tenant.websiteIds : tenant.groupIds);
  if (ref === 'foreign') return idsOf(tenants[organization === 0 ? 1 : 0])[0] as string;
  const number = /^[wg](\d+)$/.exec(ref)?.[1];
  return number === undefined ? ref : (idsOf(tenants[organization])[Number(number)] as string);
}
