import { z } from 'zod';
import {
  addToGroupsBody,
  createGroupAttributeBody,
  createInvitesBody,
  groupAttributeResource,
  konstantlyGroup,
  konstantlyGroupBody,
  konstantlyInvite,
  listKonstantlyGroupsQuery,
  numberParams,
} from '../konstantly.ts';
import { json, type Operation } from './operation.ts';

const group = json(konstantlyGroup);
const totalCount = z.int().min(0);
const CHANGES = { global: true } as const;
const READS = { global: true, reads: true } as const;

/** `/openapi/v1`: every success is a 200. */
export const konstantlyOperations: Operation[] = [
  {
    method: 'get',
    path: '/groups',
    operationId: 'listGroups',
    tag: 'Groups',
    summary: 'List groups, the oldest first',
    access: READS,
    query: listKonstantlyGroupsQuery,
    answers: {
      200: {
        description: 'Some of them, and how many there are in all',
        content: json(z.object({ groups: z.array(konstantlyGroup), totalCount })),
      },
    },
  },
  {
    method: 'post',
    path: '/groups',
    operationId: 'createGroup',
    tag: 'Groups',
    summary: 'Create a group',
    description: 'Attributes that are required are asked for only where any are sent.',
    access: CHANGES,
    body: konstantlyGroupBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: { description: 'The group', content: group, headers: ['Idempotent-Replayed'] },
    },
  },
  {
    method: 'get',
    path: '/groups/{id}',
    operationId: 'getGroup',
    tag: 'Groups',
    summary: 'Show a group',
    access: READS,
    params: numberParams,
    answers: { 200: { description: 'The group', content: group } },
  },
  {
    method: 'patch',
    path: '/groups/{id}',
    operationId: 'updateGroup',
    tag: 'Groups',
    summary: 'Change a group',
    description:
      'The name is required; what else is left out stays. Null detaches from the parent, clears the description or a single attribute; in place of all attributes it leaves them.',
    access: CHANGES,
    params: numberParams,
    body: konstantlyGroupBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'The group as it is now',
        content: group,
        headers: ['Idempotent-Replayed'],
      },
    },
  },
  {
    method: 'delete',
    path: '/groups/{id}',
    operationId: 'deleteGroup',
    tag: 'Groups',
    summary: 'Delete a group, irreversibly',
    description: 'Its children lose their parent; pending invites to it are revoked.',
    access: CHANGES,
    params: numberParams,
    answers: { 200: { description: 'Deleted' } },
  },
  {
    method: 'get',
    path: '/group-attributes',
    operationId: 'listGroupAttributes',
    tag: 'Group attributes',
    summary: 'List the attributes that are defined, the oldest first',
    access: READS,
    answers: {
      200: {
        description: 'All that there are',
        content: json(z.object({ attributes: z.array(groupAttributeResource), totalCount })),
      },
    },
  },
  {
    method: 'post',
    path: '/group-attributes',
    operationId: 'createGroupAttribute',
    tag: 'Group attributes',
    summary: 'Define an attribute of groups',
    access: CHANGES,
    body: createGroupAttributeBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'The definition',
        content: json(groupAttributeResource),
        headers: ['Idempotent-Replayed'],
      },
    },
  },
  {
    method: 'delete',
    path: '/group-attributes/{id}',
    operationId: 'deleteGroupAttribute',
    tag: 'Group attributes',
    summary: 'Delete a definition',
    description: 'What groups have by its name stays.',
    access: CHANGES,
    params: numberParams,
    answers: { 200: { description: 'Deleted' } },
  },
  {
    method: 'post',
    path: '/users/{id}/groups',
    operationId: 'addUserToGroups',
    tag: 'Users',
    summary: 'Add a user to groups: to all of them or none',
    access: CHANGES,
    params: numberParams,
    body: addToGroupsBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'Those groups',
        content: json(z.object({ groups: z.array(konstantlyGroup) })),
        headers: ['Idempotent-Replayed'],
      },
    },
  },
  {
    method: 'post',
    path: '/invites',
    operationId: 'createInvites',
    tag: 'Invites',
    summary: 'Invite up to 100 addresses to groups, or to the organization',
    description:
      'Answers everybody who has an invite now, also one that was pending before; members of everything are left out, and where that is everybody it is a 400. What could not be done within the wait is not done later: a 503, and a repeat does it.',
    access: CHANGES,
    body: createInvitesBody,
    headers: ['Idempotency-Key', 'Prefer'],
    answers: {
      200: {
        description: 'The invites, in the order of the addresses',
        content: json(z.array(konstantlyInvite)),
        headers: ['Preference-Applied', 'Idempotent-Replayed'],
      },
    },
  },
];
