import type { Asked } from '../checker/evidence.ts';
import type { Plan, PlannedChange, PlannedProvisioning, PlannedRequest } from '../plan/plan.ts';
import type { Call } from './careful-client.ts';
import type { LoadTenant } from './drive-load.ts';
import { resolveRef } from './resolve-ref.ts';

/** What one client is to send, and what the checker is told of it. */
export interface Errand {
  plan: Pick<PlannedRequest, 'at' | 'copies' | 'again' | 'otherBody'>;
  asked: Asked;
  call: Call & { body: object };
  /** Another body, for the same key. */
  other: object;
  /** A 502 is an answer to it. */
  final: boolean;
}

type Tenants = readonly [LoadTenant, LoadTenant];

/** Everything that the plan's clients want done. */
export const errandsOf = (
  plan: Plan,
  tenants: Tenants,
  callbackOf: (tag: string) => string | undefined,
): Errand[] => [
  ...[
    ...plan.requests.map((each) => inviteErrand(each, tenants)),
    ...plan.provisionings.map((each) => provisioningErrand(each, tenants)),
  ].map((errand) => withCallback(errand, callbackOf(errand.asked.tag))),
  ...plan.changes.map((each) => changeErrand(each, tenants)),
];

function withCallback(errand: Errand, callback: string | undefined): Errand {
  if (callback === undefined) return errand;
  const { asked, call, other } = errand;
  const more = { callback_url: callback };
  return {
    ...errand,
    asked: { ...asked, callback },
    call: { ...call, body: { ...call.body, ...more } },
    other: { ...other, ...more },
  };
}

function inviteErrand(plan: PlannedRequest, tenants: Tenants): Errand {
  const { surface, method, email, of } = plan;
  const targetIds = plan.targets.map((ref) => resolveRef(ref, plan, tenants));
  const path = surface === 'athena' ? '/api/v1/invites/bulk' : '/api/v1/jobs';
  const body = {
    ...(surface === 'native' && { kind: 'bulk-invite' }),
    invite_method: method,
    email,
    first_name: plan.tag,
    [`${of}_ids`]: targetIds,
  };
  return {
    plan,
    asked: { ...commonOf(plan, tenants, `POST ${path}`), targetIds, invite: { method, email, of } },
    call: { method: 'POST', path, headers: headersOf(plan, tenants), body },
    other: { ...body, email: `other-${email}` },
    final: false,
  };
}

function provisioningErrand(plan: PlannedProvisioning, tenants: Tenants): Errand {
  const { organization } = plan;
  const resolve = (ref: string) => resolveRef(ref, { organization, of: 'group' }, tenants);
  const targetIds = plan.targets.map(resolve);
  const path = '/api/v1/jobs';
  const report = plan.report ? `${plan.tag}@reports.example.com` : null;
  const body = { kind: 'billing-provisioning', group_ids: targetIds, notify_email: report };
  return {
    plan,
    asked: {
      ...commonOf(plan, tenants, `POST ${path}`),
      targetIds,
      billing: { name: null, report },
    },
    call: { method: 'POST', path, headers: headersOf(plan, tenants), body },
    other: { ...body, group_ids: targetIds.slice(1) },
    final: false,
  };
}

function changeErrand(plan: PlannedChange, tenants: Tenants): Errand {
  const { organization, tag, final } = plan;
  const groupId = resolveRef(plan.target, { organization, of: 'group' }, tenants);
  const name = `Named by ${tag}`;
  const path = `/api/v1/groups/${groupId}`;
  const route = 'PATCH /api/v1/groups/:id';
  return {
    plan,
    asked: {
      ...commonOf(plan, tenants, route),
      targetIds: [groupId],
      billing: { name, report: null },
    },
    call: {
      method: 'PATCH',
      path,
      headers: headersOf(plan, tenants),
      body: { name, billing_enabled: true },
    },
    other: { name: `Otherwise ${name.toLowerCase()}`, billing_enabled: true },
    final,
  };
}

type Planned = Pick<PlannedRequest, 'tag' | 'organization' | 'key' | 'prefer'>;

const commonOf = ({ tag, organization, key }: Planned, tenants: Tenants, route: string) => ({
  tag,
  orgId: tenants[organization].id,
  route,
  key: key ?? null,
});

const headersOf = ({ tag, organization, key, prefer }: Planned, tenants: Tenants) => ({
  'x-api-key': tenants[organization].key,
  'x-request-id': tag,
  ...(prefer !== undefined && { prefer }),
  ...(key !== undefined && { 'idempotency-key': key }),
});
