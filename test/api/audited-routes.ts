import { createAttributeDefinition, createGroup } from '@usher/directory';
import { expect } from 'vitest';
import { aBillingEntity } from '../../packages/directory/src/fixtures.ts';
import {
  HOOK,
  type Wanted,
  api,
  ask,
  endpoint,
  exhausted,
  failedJob,
  fresh,
  invite,
  invited,
  job,
  member,
} from './use-audit-log.ts';

export const ROUTES: Array<[action: string, prepare: () => Promise<Wanted>]> = [
  [
    'website.create',
    async () => ({
      path: '/websites',
      json: { url: 'https://new.example/', name: 'New' },
      before: null,
      after: { url: 'new.example', name: 'New', external_id: null },
    }),
  ],
  [
    'group.create',
    async () => ({
      path: '/groups',
      json: { name: 'North', website_ids: api.partner.websiteIds.slice(0, 1) },
      before: null,
      after: {
        name: 'North',
        external_id: null,
        billing_enabled: false,
        website_ids: api.partner.websiteIds.slice(0, 1),
      },
    }),
  ],
  [
    'group.update',
    async () => {
      const [id, name] = [api.partner.groupIds[0]!, fresh('Name')];
      const { body } = await ask<{ group: { name: string } }>('GET', `/groups/${id}`);
      const looks = { before: { name: body.group.name }, after: { name } };
      return { method: 'PATCH', path: `/groups/${id}`, json: { name }, id, ...looks };
    },
  ],
  [
    'group.delete',
    async () => {
      const { id, number } = await createGroup(api.db, api.partner.id, { name: 'Gone' });
      const before = {
        name: 'Gone',
        external_id: null,
        billing_enabled: false,
        parent_id: null,
        description: null,
        attributes: {},
        website_ids: [],
        members: 0,
      };
      const path = `/openapi/v1/groups/${number}`;
      return { method: 'DELETE', path, id, before, after: null };
    },
  ],
  [
    'attribute_definition.create',
    async () => {
      const json = { name: fresh('region'), type: 'single', options: ['EMEA'] };
      const path = '/openapi/v1/group-attributes';
      const id = expect.any(String);
      return { path, json, id, before: null, after: { ...json, required: false } };
    },
  ],
  [
    'attribute_definition.delete',
    async () => {
      const look = { name: fresh('region'), type: 'text' } as const;
      const { id, number } = await createAttributeDefinition(api.db, api.partner.id, look);
      const path = `/openapi/v1/group-attributes/${number}`;
      const before = { ...look, options: [], required: false };
      return { method: 'DELETE', path, id, before, after: null };
    },
  ],
  [
    'member.add',
    async () => {
      const { id, email } = await member();
      const { number } = await api.db
        .selectFrom('users')
        .select('number')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      const group = await createGroup(api.db, api.partner.id, { name: 'Joined' });
      return {
        path: `/openapi/v1/users/${number}/groups`,
        json: { groups: [group.number] },
        id,
        before: null,
        after: { group_id: group.id, email, role: 'viewer' },
      };
    },
  ],
  [
    'credits.set',
    async () => {
      const id = api.partner.groupIds[1]!;
      await aBillingEntity(api.db, api.partner.id, id);
      const json = { group_id: id, monthly: 12.5 };
      const after = { monthly: 12.5, one_off: 0 };
      return { method: 'PUT', path: '/credits/group', json, id, before: null, after };
    },
  ],
  [
    'member.remove',
    async () => {
      const { id, email, websiteId } = await member();
      const before = { website_id: websiteId, email, role: 'viewer' };
      const path = `/websites/${websiteId}/members/${id}`;
      return { method: 'DELETE', path, id, before, after: null };
    },
  ],
  [
    'invite.revoke',
    async () => {
      const { id, inviteId, email, websiteId } = await invited();
      return {
        method: 'DELETE',
        path: `/invites/org/${inviteId}`,
        id: inviteId,
        before: {
          state: 'pending',
          invitation_id: id,
          email,
          role: 'viewer',
          website_id: websiteId,
          group_id: null,
        },
        after: { state: 'revoked' },
      };
    },
  ],
  [
    'invitation.accept',
    async () => {
      const { id, token, email, websiteId } = await invited();
      const memberships = [{ website_id: websiteId, role: 'viewer' }];
      const user_id = expect.any(String);
      return {
        path: '/invitations/accept',
        json: { token },
        id,
        open: true,
        before: { state: 'pending', memberships: [] },
        after: { state: 'accepted', accepted: 1, user_id, email, memberships },
      };
    },
  ],
  [
    'invitation.revoke',
    async () => {
      const { id, email, websiteId } = await invited();
      const targets = [{ website_id: websiteId, role: 'viewer' }];
      const looks = {
        before: { state: 'pending', email, pending: 1, targets },
        after: { state: 'revoked', revoked: 1 },
      };
      return { path: `/invitations/${id}/revoke`, id, ...looks };
    },
  ],
  [
    'invitation.resend',
    async () => {
      const { id, email } = await invited();
      const expires_at = expect.stringMatching(/Z$/);
      return {
        path: `/invitations/${id}/resend`,
        id,
        before: { state: 'pending', emails: 0, expires_at },
        after: { state: 'pending', emails: 1, expires_at, email },
      };
    },
  ],
  [
    'job.submit',
    async () => {
      const { kind, website_ids: _, ...json } = invite();
      const website_ids = api.partner.websiteIds.slice(0, 2);
      return {
        path: '/jobs',
        json: {
          ...json,
          kind,
          website_ids,
          callback_url: `${HOOK}?token=s3cret`,
          failure_threshold: { count: 2 },
        },
        before: null,
        after: {
          kind,
          total: 2,
          start_at: null,
          callback: { webhook_endpoint_id: expect.any(String), url: `${HOOK}?…` },
          failure_limit: 2,
          input: { method: 'direct', target: 'website', email: json.email, role: 'viewer' },
        },
      };
    },
  ],
  [
    'job.pause',
    async () => {
      const id = await job();
      const looks = {
        before: { paused_at: null },
        after: { paused_at: expect.stringMatching(/^\d{4}-/) },
      };
      return { path: `/jobs/${id}/pause`, id, ...looks };
    },
  ],
  [
    'job.resume',
    async () => {
      const id = await job();
      await ask('POST', `/jobs/${id}/pause`);
      const looks = { before: { paused_at: expect.any(String) }, after: { paused_at: null } };
      return { path: `/jobs/${id}/resume`, id, ...looks };
    },
  ],
  [
    'job.cancel',
    async () => {
      const id = await job();
      const looks = {
        before: { cancel_requested_at: null },
        after: { cancel_requested_at: expect.any(String) },
      };
      return { path: `/jobs/${id}/cancel`, id, ...looks };
    },
  ],
  [
    'job.redrive',
    async () => {
      const id = await failedJob();
      return {
        path: `/jobs/${id}/redrive`,
        json: { codes: ['internal_error'] },
        id,
        before: {
          round: 1,
          finished_at: expect.any(String),
          cancel_requested_at: null,
          paused_at: null,
        },
        after: { round: 2, targets: 2, codes: ['internal_error'], resend_email: false },
      };
    },
  ],
  [
    'webhook_endpoint.create',
    async () => ({
      path: '/webhook-endpoints',
      json: { url: `${HOOK}?token=s3cret`, event_types: ['job.completed'] },
      before: null,
      after: { url: `${HOOK}?…`, event_types: ['job.completed'], in_order: false },
    }),
  ],
  [
    'webhook_endpoint.update',
    async () => {
      const { id } = await endpoint();
      return {
        method: 'PATCH',
        path: `/webhook-endpoints/${id}`,
        json: { url: `${HOOK}/2?token=s3cret`, in_order: true },
        id,
        before: { url: HOOK, in_order: false },
        after: { url: `${HOOK}/2?…`, in_order: true },
      };
    },
  ],
  [
    'webhook_endpoint.enable',
    async () => {
      const { id } = await endpoint();
      await ask('PATCH', `/webhook-endpoints/${id}`, { json: { enabled: false } });
      return {
        path: `/webhook-endpoints/${id}/enable`,
        id,
        before: { enabled: false, disabled_reason: 'disabled by its owner' },
        after: { enabled: true, disabled_reason: null },
      };
    },
  ],
  [
    'webhook_endpoint.rotate',
    async () => {
      const { id } = await endpoint();
      const secret = { secret_id: expect.any(String) };
      return { path: `/webhook-endpoints/${id}/rotate`, id, before: secret, after: secret };
    },
  ],
  [
    'webhook_endpoint.test',
    async () => {
      const { id } = await endpoint();
      const after = { delivery_id: expect.any(String) };
      return { path: `/webhook-endpoints/${id}/test`, id, before: null, after };
    },
  ],
  [
    'webhook_endpoint.recover',
    async () => {
      const { endpointId: id } = await exhausted();
      const since = new Date(Date.now() - 3_600_000).toISOString();
      const after = { since, replayed: 1 };
      const path = `/webhook-endpoints/${id}/recover`;
      return { path, json: { since }, id, before: null, after };
    },
  ],
  [
    'webhook_endpoint.replay',
    async () => {
      const { endpointId: id } = await exhausted();
      const from = new Date(Date.now() - 3_600_000).toISOString();
      const json = { endpoint_id: id, from };
      return { path: '/deliveries/replay', json, id, before: null, after: { from, replayed: 1 } };
    },
  ],
  [
    'event.replay',
    async () => {
      const { eventId: id, endpointId } = await exhausted();
      const json = { event_id: id, endpoint_id: endpointId };
      const after = { endpoint_id: endpointId, replayed: 1 };
      return { path: '/deliveries/replay', json, id, before: null, after };
    },
  ],
  [
    'delivery.replay',
    async () => {
      const { id } = await exhausted();
      return {
        path: `/deliveries/${id}/replay`,
        id,
        before: { state: 'exhausted', next_attempt_at: null },
        after: { state: 'pending', next_attempt_at: expect.any(String) },
      };
    },
  ],
  [
    'webhook_endpoint.delete',
    async () => {
      const { id } = await endpoint(`${HOOK}?token=s3cret`);
      const before = expect.objectContaining({ url: `${HOOK}?…`, enabled: true });
      return { method: 'DELETE', path: `/webhook-endpoints/${id}`, id, before, after: null };
    },
  ],
];
