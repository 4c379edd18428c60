import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { anInvitation } from '../../packages/directory/src/fixtures.ts';
import { call } from '../support/test-api.ts';
import { api, ask, fresh, invited, keyId, readingKey, written } from './use-audit-log.ts';

const TYPES = ['organization', 'website', 'group'] as const;

/** The field of each type's target, its id, and what fixtures call it. */
const targetOf = (type: (typeof TYPES)[number]) => {
  const { id, websiteIds, groupIds } = api.partner;
  const targetId = { organization: id, website: websiteIds[0]!, group: groupIds[0]! }[type];
  return { target: { [`${type}_id`]: targetId }, fixture: { [`${type}Id`]: targetId } };
};
const person = () => `${fresh('guest')}@example.com`;
const once = () => ({ 'idempotency-key': newId(), 'x-request-id': fresh('request') });

const METHODS = ['direct', 'email'] as const;
test.each(TYPES.flatMap((type) => METHODS.map((method) => [type, method] as const)))(
  'an invite of type %s, %s, is the submission of one job; refused or repeated it is nothing',
  async (type, method) => {
    const email = person();
    const json = {
      type,
      ...targetOf(type).target,
      invite_method: method,
      email,
      role: 'admin',
      first_name: 'Ann',
      last_name: 'Ash',
    };
    const headers = { prefer: 'respond-async', ...once() };
    const send = (key = api.partner.key, body: object = json) =>
      ask<{ job: { id: string } }>('POST', '/invites', { key, json: body, headers });
    const refusals = await written(async () => {
      expect((await send(readingKey)).status).toBe(403);
      expect((await send(api.partner.key, { ...json, email: 'x' })).status).toBe(400);
    });
    expect(refusals).toEqual([]);
    let id = '';
    const entries = await written(async () => {
      id = (await send()).body.job.id;
    });
    expect(entries).toEqual([
      {
        id: expect.any(String),
        at: expect.any(String),
        api_key_id: keyId,
        action: 'job.submit',
        resource: { type: 'job', id },
        before: null,
        // No name of a person, and nothing of the key.
        after: {
          kind: 'bulk-invite',
          total: 1,
          failure_limit: null,
          start_at: null,
          input: { method, target: type, email, role: 'admin' },
        },
        request_id: headers['x-request-id'],
      },
    ]);
    expect(await written(() => send())).toEqual([]);
  },
);

test.each(TYPES)('a revoked invite of type %s is one entry that names its target', async (type) => {
  const email = person();
  const { target, fixture } = targetOf(type);
  const { id, inviteIds } = await anInvitation(api.db, api.partner.id, email, [fixture]);
  const path = `/invites/org/${inviteIds[0]}`;
  const headers = once();
  const entries = await written(() => ask('DELETE', path, { headers }));
  expect(entries).toMatchObject([
    {
      action: 'invite.revoke',
      api_key_id: keyId,
      resource: { type: 'invite', id: inviteIds[0] },
      request_id: headers['x-request-id'],
      after: { state: 'revoked' },
    },
  ]);
  expect(entries[0]?.before).toEqual({
    state: 'pending',
    invitation_id: id,
    website_id: null,
    group_id: null,
    ...target,
    email,
    role: 'viewer',
  });
  const again = await written(async () => {
    expect((await ask('DELETE', path)).status).toBe(409);
  });
  expect(again).toEqual([]);
});

test.each(TYPES)('an accepted invite of type %s is one entry with what it made', async (type) => {
  const email = person();
  const { target, fixture } = targetOf(type);
  const { id } = await anInvitation(api.db, api.partner.id, email, [{ ...fixture, role: 'admin' }]);
  const json = { token: api.context.tokens.sign(id) };
  const entries = await written(() => ask('POST', '/invitations/accept', { json }));
  expect(entries).toMatchObject([
    {
      action: 'invitation.accept',
      api_key_id: null,
      resource: { type: 'invitation', id },
      before: { state: 'pending', memberships: [] },
      after: { state: 'accepted', accepted: 1, email, memberships: [{ ...target, role: 'admin' }] },
    },
  ]);
});

test('who accepts for a second time, or too late, leaves no entry', async () => {
  const { token } = await invited();
  const accept = () => ask('POST', '/invitations/accept', { json: { token } });
  expect((await accept()).status).toBe(200);
  expect(await written(async () => expect((await accept()).status).toBe(409))).toEqual([]);
});

test('what Connect’s clients change is in the log as what others change, and nothing else is', async () => {
  const connect = (method: string, path: string, json: object, headers = once()) =>
    call<{ data: { id: string } }>(api, method, `/v1${path}`, {
      json,
      headers: { authorization: `Bearer ${api.partner.key}`, ...headers },
    });
  const group = { name: 'North', external_reference_id: fresh('north') };
  const [made, moved] = [once(), once()];
  let path = '';
  const entries = await written(async () => {
    const { body } = await connect('POST', '/groups', group, made);
    path = `/groups/${body.data.id}`;
    await connect('POST', '/groups', group, made);
    await connect('POST', '/groups', group);
    await connect('PATCH', path, { name: 'North', external_reference_id: null });
    await connect('PATCH', path, { name: 'South' }, moved);
    await connect('PATCH', path, { name: 'South' }, moved);
    await connect('POST', '/auth/access-tokens', { grant_type: 'client_credentials' });
  });
  const { external_reference_id: external_id } = group;
  expect(entries).toMatchObject([
    {
      action: 'group.update',
      api_key_id: keyId,
      before: { name: 'North' },
      after: { name: 'South' },
      request_id: moved['x-request-id'],
    },
    {
      action: 'group.create',
      api_key_id: keyId,
      before: null,
      after: { name: 'North', external_id, billing_enabled: false, website_ids: [] },
      request_id: made['x-request-id'],
    },
  ]);
  expect(entries).toHaveLength(2);
});
