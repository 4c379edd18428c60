import { z } from 'zod';
import { bulkInviteBody, bulkInviteResult, inviteBody, inviteResult } from '../bulk-invite.ts';
import { id } from '../answer-fields.ts';
import {
  changeGroupBody,
  createGroupBody,
  createWebsiteBody,
  creditsResource,
  groupCreditsBody,
  groupCreditsQuery,
  groupResource,
  listGroupsQuery,
  memberResource,
  newGroupResource,
  websiteResource,
} from '../directory.ts';
import { jobResource } from '../jobs.ts';
import { idParams, inviteParams, memberParams } from '../params.ts';
import { json, type Answer, type Operation } from './operation.ts';

const jobAnswer: Answer = {
  description: 'Not finished within the wait: the job that goes on with it',
  content: json(z.object({ job: jobResource })),
  headers: ['Location', 'Retry-After', 'Preference-Applied', 'Idempotent-Replayed'],
};
const group = json(z.object({ group: groupResource }));
const credits = json(z.object({ credits: creditsResource }));
const done = (message: string) =>
  json(z.object({ success: z.literal(true), message: z.literal(message) }));

const INVITE_HEADERS: Operation['headers'] = ['Idempotency-Key', 'Prefer'];
const BILLING = [
  'state_conflict',
  'billing_not_configured',
  'external_id_in_use',
  'upstream_failed',
] as const;

/** `/api/v1`, but for what is native there. */
export const athenaOperations: Operation[] = [
  {
    method: 'post',
    path: '/invites/bulk',
    operationId: 'bulkInvite',
    tag: 'Invites',
    summary: 'Invite one address to up to 50 websites or groups',
    description:
      '`direct` adds the user to each target at once; `email` makes a pending invite for each, and sends one email for all of them. Each target stands alone: what is wrong with one is its own result, in the order of first mention. A job like any other: `job_id` names it.',
    access: {},
    body: bulkInviteBody,
    headers: INVITE_HEADERS,
    answers: {
      200: {
        description: 'What came of each target',
        content: json(
          z
            .object({
              success: z.literal(true),
              results: z.array(bulkInviteResult),
              job_id: id,
            })
            .meta({ id: 'BulkInviteAnswer' }),
        ),
        headers: ['Location', 'Preference-Applied', 'Idempotent-Replayed'],
      },
      202: jobAnswer,
    },
  },
  {
    method: 'post',
    path: '/invites',
    operationId: 'invite',
    tag: 'Invites',
    summary: 'Invite one address to a website, a group or the organization',
    description: 'What is wrong with the target is in the answer, and no error of the request.',
    access: {},
    body: inviteBody,
    headers: INVITE_HEADERS,
    answers: {
      200: {
        description: 'What came of it',
        content: json(inviteResult),
        headers: ['Location', 'Preference-Applied', 'Idempotent-Replayed'],
      },
      202: jobAnswer,
    },
  },
  {
    method: 'delete',
    path: '/invites/org/{invite_id}',
    operationId: 'revokeInvite',
    tag: 'Invites',
    summary: 'Revoke a pending invite of any type',
    access: {},
    params: inviteParams,
    answers: { 200: { description: 'Revoked', content: done('Invite revoked') } },
    errors: ['state_conflict'],
  },
  {
    method: 'get',
    path: '/groups',
    operationId: 'listGroups',
    tag: 'Groups',
    summary: 'List groups, the oldest first',
    description: 'Partners may ask for the one with an `external_id`.',
    access: { global: true, reads: true },
    query: listGroupsQuery,
    answers: {
      200: {
        description: 'All that there are',
        content: json(z.object({ groups: z.array(groupResource) })),
      },
    },
  },
  {
    method: 'post',
    path: '/groups',
    operationId: 'createGroup',
    tag: 'Groups',
    summary: 'Create a group of websites',
    description:
      '`billing_enabled` provisions a billing entity first: where that fails there is no group.',
    access: { global: true },
    body: createGroupBody,
    headers: INVITE_HEADERS,
    answers: {
      201: {
        description: 'The group',
        content: json(z.object({ group: newGroupResource })),
        headers: ['Location', 'Preference-Applied', 'Idempotent-Replayed'],
      },
      202: { ...jobAnswer, description: '`Prefer: respond-async`: the job that provisions it' },
    },
    errors: [...BILLING, 'not_found'],
  },
  {
    method: 'get',
    path: '/groups/{id}',
    operationId: 'getGroup',
    tag: 'Groups',
    summary: 'Show a group',
    access: { global: true, reads: true },
    params: idParams,
    answers: { 200: { description: 'The group', content: group } },
  },
  {
    method: 'patch',
    path: '/groups/{id}',
    operationId: 'updateGroup',
    tag: 'Groups',
    summary: 'Change a group: its name, websites, external id, billing',
    description:
      'At least one field; all together or none. `billing_enabled: true` provisions a billing entity and is safe to repeat; where that fails nothing has changed.',
    access: { global: true },
    params: idParams,
    body: changeGroupBody,
    headers: INVITE_HEADERS,
    answers: {
      200: {
        description: 'The group as it is now',
        content: group,
        headers: ['Location', 'Preference-Applied', 'Idempotent-Replayed'],
      },
      202: { ...jobAnswer, description: '`Prefer: respond-async`: the job that provisions it' },
    },
    errors: [...BILLING],
  },
  {
    method: 'get',
    path: '/websites',
    operationId: 'listWebsites',
    tag: 'Websites',
    summary: 'List websites, the oldest first',
    description: 'A key scoped to websites sees its own.',
    access: { reads: true },
    answers: {
      200: {
        description: 'All that the key may see',
        content: json(z.object({ websites: z.array(websiteResource) })),
      },
    },
  },
  {
    method: 'post',
    path: '/websites',
    operationId: 'createWebsite',
    tag: 'Websites',
    summary: 'Create a website',
    description: 'Protocol and trailing slash go; the name defaults to what is left.',
    access: { global: true },
    body: createWebsiteBody,
    headers: ['Idempotency-Key'],
    answers: {
      201: {
        description: 'The website',
        content: json(z.object({ website: websiteResource })),
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['external_id_in_use'],
  },
  {
    method: 'get',
    path: '/websites/{id}/members',
    operationId: 'listMembers',
    tag: 'Websites',
    summary: 'List everybody who reaches a website, directly or by a group',
    access: { reads: true },
    params: idParams,
    answers: {
      200: {
        description: 'The members',
        content: json(z.object({ members: z.array(memberResource) })),
      },
    },
  },
  {
    method: 'delete',
    path: '/websites/{id}/members/{user_id}',
    operationId: 'removeMember',
    tag: 'Websites',
    summary: 'End a direct membership',
    access: {},
    params: memberParams,
    answers: { 200: { description: 'Ended', content: done('User removed from website') } },
    errors: ['state_conflict'],
  },
  {
    method: 'get',
    path: '/credits/group',
    operationId: 'getGroupCredits',
    tag: 'Credits',
    summary: 'Show the credits of a group',
    access: { global: true, reads: true },
    query: groupCreditsQuery,
    answers: { 200: { description: 'Zeros where they were never set', content: credits } },
    errors: ['not_found'],
  },
  {
    method: 'put',
    path: '/credits/group',
    operationId: 'setGroupCredits',
    tag: 'Credits',
    summary: 'Set the credits of a provisioned group',
    description: 'For partners. Sets the amounts that it names; the other stays as it is.',
    access: { global: true },
    body: groupCreditsBody,
    answers: { 200: { description: 'The credits as they are now', content: credits } },
    errors: ['not_found', 'state_conflict'],
  },
];
