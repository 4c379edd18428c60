import type { GroupResource, JobResource, TargetResource } from '@usher/contracts';
import { printLine, printTable } from '../print.ts';
import { checkEmailOnce } from './check-email-once.ts';
import { followJob } from './follow-job.ts';
import { showEmail } from './show-email.ts';
import type { Stage } from './stage.ts';

const FINANCE = 'finance@lighthouse.example';
const NAMES = ['Wholesale', 'Franchises', 'Pop-up stores'] as const;
const REASON = 'Customers in this country are not supported';

type Groups = Record<'ready' | 'open' | 'refused', GroupResource>;

/** Billing for three groups, first one by one and then as a job; the provider refuses one of them. */
export async function provisionBilling(stage: Stage): Promise<void> {
  const groups = await createGroups(stage);
  await stage.billing.refuse(groups.refused.id, REASON);
  await enableOne(stage, groups.ready);
  await failToEnable(stage, groups.refused);
  const job = await enableAll(stage, groups);
  await checkReport(stage, groups);
  await checkEmailOnce(stage, job.id, FINANCE);
  await checkCustomers(stage, [groups.ready, groups.open]);
}

async function createGroups({ api, checks, organization }: Stage): Promise<Groups> {
  const made = [];
  for (const [index, name] of NAMES.entries()) {
    const ids = organization.websites.slice(index * 2, index * 2 + 2).map(({ id }) => id);
    const body = { name, website_ids: ids };
    made.push(await api.call<{ group: { id: string } }>('POST /api/v1/groups', { body }));
  }
  const created = made.every(({ status }) => status === 201);
  checks.require(`3 new groups, without billing: ${NAMES.join(', ')}`, created, made);
  const [ready, open, refused] = await Promise.all(
    made.map(({ body }) => readGroup(api, body.group.id)),
  );
  return { ready, open, refused } as Groups;
}

async function enableOne({ api, checks }: Stage, group: GroupResource): Promise<void> {
  const enabled = await api.call<{ group: GroupResource }>(`PATCH /api/v1/groups/${group.id}`, {
    body: { billing_enabled: true },
  });
  checks.expect(
    `PATCH with billing for ${group.name}: 200, and its flag is set`,
    enabled.status === 200 && !group.billingEnabled && enabled.body.group.billingEnabled,
    enabled,
  );
}

async function failToEnable({ api, checks }: Stage, group: GroupResource): Promise<void> {
  const answer = await api.call<{ error: string }>(`PATCH /api/v1/groups/${group.id}`, {
    body: { name: 'Renamed', billing_enabled: true },
  });
  checks.expect(
    `PATCH with a new name and billing for ${group.name}: 502, since the provider refuses`,
    answer.status === 502,
    answer,
  );
  printLine(`    "${answer.body.error}"`);
  const after = await readGroup(api, group.id);
  checks.expect(
    'nothing in the group has changed: neither its name nor its flag',
    JSON.stringify(after) === JSON.stringify(group),
    after,
  );
}

async function enableAll(stage: Stage, { ready, open, refused }: Groups): Promise<JobResource> {
  const { api, checks } = stage;
  const asked = [ready, open, refused];
  const accepted = await api.call<{ job: JobResource }>('POST /api/v1/jobs', {
    body: {
      kind: 'billing-provisioning',
      group_ids: asked.map(({ id }) => id),
      notify_email: FINANCE,
    },
  });
  checks.require('a job for all 3 is accepted: 202', accepted.status === 202, accepted);
  const job = await followJob(api, accepted.body.job, 1);
  const { body } = await api.call<{ targets: TargetResource[] }>(
    `GET /${job.links.targets.replace(/^\//, '')}`,
  );
  printLine();
  printTable(
    ['group', 'status', 'code', 'message'],
    body.targets.map(({ status, code, message }, index) => [
      asked[index]?.name ?? '?',
      status,
      code ?? '',
      message ?? '',
    ]),
  );
  printLine();
  const found = body.targets.map(({ group_id, status, code }) => [group_id, status, code]);
  const expected = [
    [ready.id, 'succeeded', 'already_provisioned'],
    [open.id, 'succeeded', 'provisioned'],
    [refused.id, 'failed', 'upstream_rejected'],
  ];
  const same = JSON.stringify(found) === JSON.stringify(expected);
  checks.expect('each group has its own outcome, in request order', same, found);
  const message = body.targets[2]?.message;
  checks.expect("a refusal has the provider's own reason", !!message?.includes(REASON), message);
  const { billingEnabled } = await readGroup(api, open.id);
  checks.expect(`${open.name} has its flag set too`, billingEnabled, billingEnabled);
  return job;
}

async function checkReport({ checks, inbox }: Stage, groups: Groups): Promise<void> {
  const email = await inbox.waitFor(FINANCE);
  checks.require('a report arrives by email', email !== undefined);
  if (!email) return;
  showEmail(email);
  for (const kind of ['text', 'html'] as const) {
    const body = email[kind];
    const told = ['2 succeeded, 1 failed', groups.refused.name, REASON];
    checks.expect(
      `its ${kind === 'html' ? 'HTML' : 'text'} counts them, and says what failed and why`,
      told.every((part) => body.includes(part)) && !body.includes(groups.open.name),
      body,
    );
  }
}

/** Asks the stand-in as Stripe's own dashboard would. */
async function checkCustomers({ billing, checks, signal }: Stage, billed: GroupResource[]) {
  const answer = await fetch(`${billing.apiBase}/v1/customers`, {
    headers: { authorization: `Bearer ${billing.apiKey}` },
    signal,
  });
  const { data } = (await answer.json()) as { data: Array<{ name: string }> };
  const names = data.map(({ name }) => name).toSorted();
  checks.expect(
    'the provider has one customer for each of the 2, and no other',
    JSON.stringify(names) === JSON.stringify(billed.map(({ name }) => name).toSorted()),
    data,
  );
}

async function readGroup(api: Stage['api'], id: string): Promise<GroupResource> {
  const { body } = await api.call<{ group: GroupResource }>(`GET /api/v1/groups/${id}`);
  return body.group;
}
