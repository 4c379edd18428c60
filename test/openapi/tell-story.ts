import type { Stage } from '../generative/stage.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  allAreDelivered,
  emailIsSent,
  isDelivered,
  jobEmailIsSent,
  nothingRuns,
  numberOf,
  tokenOf,
} from './look.ts';
import type { createRecorder } from './record-examples.ts';

type Record = ReturnType<typeof createRecorder>;

/** A partner's day, one request after the other, so that every example tells of the same things. */
export async function tellStory(record: Record, stage: Stage): Promise<void> {
  const websites = await tellOfWebsites(record);
  const hooks = await tellOfEndpoints(record, stage);
  await tellOfGroups(record, websites);
  await tellOfInvites(record, websites, stage);
  await tellOfJobs(record, websites, stage);
  await tellOfDeliveries(record, hooks, stage);
  await tellOfConnect(record, stage);
  await tellOfKonstantly(record, stage);
  await record('native', 'listAuditLog', { query: { action: 'group.create', limit: '1' } });
}

async function tellOfWebsites(record: Record): Promise<string[]> {
  await record('athena', 'createWebsite', {
    body: { url: 'https://shop.example.com/', name: 'Shop', external_id: 'shop-1' },
  });
  const { websites } = await record('athena', 'listWebsites');
  return websites.map(({ id }: { id: string }) => id);
}

async function tellOfEndpoints(record: Record, { receiver }: Stage): Promise<string> {
  const url = `${receiver.url}/hooks`;
  const event_types = ['job.completed', 'job.canceled', 'job.target_failed', 'invitation.accepted'];
  const { id } = await record('native', 'createWebhookEndpoint', { body: { url, event_types } });
  const params = { id };
  await record('native', 'getWebhookEndpoint', { params });
  await record('native', 'listWebhookEndpoints');
  await record('native', 'updateWebhookEndpoint', { params, body: { in_order: true } });
  await record('native', 'enableWebhookEndpoint', { params });
  await record('native', 'rotateWebhookSecret', { params });
  return id;
}

async function tellOfGroups(record: Record, websites: string[]): Promise<void> {
  const { group } = await record('athena', 'createGroup', {
    body: { name: 'Retail', website_ids: websites.slice(0, 2), external_id: 'retail-1' },
  });
  const params = { id: group.id };
  await record('athena', 'updateGroup', {
    params,
    body: { name: 'Retail Europe', add_website_ids: [websites[2]], billing_enabled: true },
  });
  await record('athena', 'getGroup', { params });
  await record('athena', 'listGroups', { query: { external_id: 'retail-1' } });
  await record('athena', 'setGroupCredits', {
    body: { group_id: group.id, monthly: 100, one_off: 25 },
  });
  await record('athena', 'getGroupCredits', { query: { group_id: group.id } });
  await record('native', 'submitJob', {
    body: { kind: 'billing-provisioning', group_ids: [group.id], validate_only: true },
  });
}

async function tellOfInvites(record: Record, websites: string[], stage: Stage): Promise<void> {
  const [first, second] = websites as [string, string];
  const ada = { invite_method: 'direct', email: 'ada@example.com', first_name: 'Ada' };
  const { user_id } = await record('athena', 'invite', {
    body: { type: 'website', website_id: first, ...ada },
  });
  const { results } = await record('athena', 'bulkInvite', {
    body: {
      invite_method: 'email',
      email: 'grace@example.com',
      role: 'admin',
      website_ids: [first, second, '01890a5d-ac96-774b-bcce-ffffffffffff'],
    },
  });
  await record('athena', 'listMembers', { params: { id: first } });
  await record('athena', 'removeMember', { params: { id: first, user_id } });
  const { invitations } = await record('native', 'listInvitations', {
    query: { email: 'grace@example.com' },
  });
  const params = { id: invitations[0].id };
  await waitFor('the email', () => emailIsSent(stage, params.id));
  await record('native', 'getInvitation', { params });
  await record('native', 'resendInvitation', { params });
  await waitFor('the second email', () => emailIsSent(stage, params.id));
  await record('athena', 'revokeInvite', { params: { invite_id: results[0].invite_id } });
  await record('native', 'revokeInvitation', { params });
}

async function tellOfJobs(record: Record, websites: string[], stage: Stage): Promise<void> {
  const body = {
    kind: 'bulk-invite',
    invite_method: 'email',
    email: 'alan@example.com',
    website_ids: [...websites.slice(0, 2), '01890a5d-ac96-774b-bcce-ffffffffffff'],
    callback_url: `${stage.receiver.url}/callback`,
  };
  const { job } = await record('native', 'submitJob', { body });
  const params = { id: job.id };
  await waitFor('the email of the job', () => jobEmailIsSent(stage, job.id));
  await record('native', 'getJob', { params });
  await record('native', 'listTargets', { params });
  await record('native', 'listJobs', { query: { limit: '1' } });
  await record('native', 'redriveJob', { params, body: { codes: ['internal_error'] } });
  await record('native', 'acceptInvitation', {
    body: { token: await tokenOf(stage, 'alan@example.com'), first_name: 'Alan' },
  });
  const later = { ...body, email: 'edsger@example.com', start_at: '2099-01-01T00:00:00Z' };
  const { job: scheduled } = await record('native', 'submitJob', { body: later });
  for (const verb of ['pauseJob', 'resumeJob', 'cancelJob']) {
    await record('native', verb, { params: { id: scheduled.id } });
  }
}

async function tellOfDeliveries(record: Record, hooks: string, stage: Stage): Promise<void> {
  // Sequences are given as deliveries are dispatched: what came before is.
  await waitFor('what was begun before', () => nothingRuns(stage));
  const delivery = await record('native', 'testWebhookEndpoint', { params: { id: hooks } });
  await waitFor('the delivery', () => isDelivered(stage, delivery.id));
  const params = { id: delivery.id };
  await record('native', 'getDelivery', { params });
  await record('native', 'listDeliveries', { query: { event_id: delivery.event_id } });
  await record('native', 'replayDelivery', { params });
  await record('native', 'replayDeliveries', {
    body: { endpoint_id: hooks, from: '2026-01-01T00:00:00Z', state: 'exhausted' },
  });
  await record('native', 'recoverWebhookEndpoint', {
    params: { id: hooks },
    body: { since: '2026-01-01T00:00:00Z' },
  });
  await waitFor('all deliveries', () => allAreDelivered(stage));
  await record('native', 'deleteWebhookEndpoint', { params: { id: hooks } });
}

async function tellOfConnect(record: Record, stage: Stage): Promise<void> {
  await record('connect', 'createAccessToken', { body: { grant_type: 'client_credentials' } });
  const { data: group } = await record('connect', 'createGroup', {
    body: { name: 'Class of 2026', external_reference_id: 'class-2026' },
  });
  const params = { id: group.id };
  await record('connect', 'listGroups', { query: { external_reference_id: 'class-2026' } });
  await record('connect', 'getGroup', { params });
  await record('connect', 'updateGroup', { params, body: { name: 'Class of 2027' } });
  const members = [
    { reference_id: 'p-1', first_name: 'Ada', last_name: 'Byron', email: 'ada@example.com' },
    { reference_id: 'p-2', first_name: 'Alan', last_name: 'Turing', email: 'no address' },
  ];
  const { data: sync } = await record('connect', 'syncMembers', { params, body: { members } });
  await waitFor('the sync', () => nothingRuns(stage));
  await record('connect', 'getMembersSync', { params: { ...params, request_id: sync.request_id } });
}

async function tellOfKonstantly(record: Record, stage: Stage): Promise<void> {
  const attribute = await record('konstantly', 'createGroupAttribute', {
    body: { name: 'region', type: 'single', options: ['north', 'south'], required: false },
  });
  await record('konstantly', 'listGroupAttributes');
  const group = await record('konstantly', 'createGroup', {
    body: { name: 'Sales', description: 'Everybody who sells', attributes: { region: 'north' } },
  });
  const params = { id: group.id };
  await record('konstantly', 'getGroup', { params });
  await record('konstantly', 'updateGroup', {
    params,
    body: { name: 'Sales', attributes: { region: 'south' } },
  });
  await record('konstantly', 'listGroups', { query: { offset: '2', limit: '1' } });
  const user = await numberOf(stage, 'ada@example.com');
  await record('konstantly', 'addUserToGroups', {
    params: { id: user },
    body: { groups: [group.id] },
  });
  await record('konstantly', 'createInvites', {
    body: { emails: ['barbara@example.com'], roleAlias: 'admin', groups: [group.id] },
  });
  await record('konstantly', 'deleteGroupAttribute', { params: { id: attribute.id } });
  await record('konstantly', 'deleteGroup', { params });
}
