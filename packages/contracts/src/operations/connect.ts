import { z } from 'zod';
import {
  accessTokenBody,
  accessTokenResource,
  changeConnectGroupBody,
  connectGroupParams,
  connectGroupResource,
  connectPagination,
  createConnectGroupBody,
  listConnectGroupsQuery,
  membersSyncParams,
  membersSyncReceipt,
  membersSyncResource,
  rosterBody,
} from '../connect.ts';
import { json, type Operation } from './operation.ts';

const group = json(z.object({ data: connectGroupResource }));
const CHANGES = { global: true } as const;
const READS = { global: true, reads: true } as const;

/** `/v1` */
export const connectOperations: Operation[] = [
  {
    method: 'post',
    path: '/auth/access-tokens',
    operationId: 'createAccessToken',
    tag: 'Access',
    summary: 'Exchange an API key for a token of 15 minutes',
    description: 'The key is in the Authorization header, as in every request. Tokens get none.',
    access: { reads: true },
    body: accessTokenBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'A token that may what the key may, as long as that lives',
        content: json(accessTokenResource),
        headers: ['Cache-Control', 'Idempotent-Replayed'],
      },
    },
    errors: ['forbidden'],
  },
  {
    method: 'get',
    path: '/groups',
    operationId: 'listGroups',
    tag: 'Groups',
    summary: 'List groups in pages, the oldest first',
    access: READS,
    query: listConnectGroupsQuery,
    answers: {
      200: {
        description: 'A page of them',
        content: json(
          z.object({ data: z.array(connectGroupResource), pagination: connectPagination }),
        ),
      },
    },
  },
  {
    method: 'post',
    path: '/groups',
    operationId: 'createGroup',
    tag: 'Groups',
    summary: 'Create a group',
    access: CHANGES,
    body: createConnectGroupBody,
    headers: ['Idempotency-Key'],
    answers: {
      201: { description: 'The group', content: group, headers: ['Idempotent-Replayed'] },
    },
    errors: ['external_id_in_use'],
  },
  {
    method: 'get',
    path: '/groups/{id}',
    operationId: 'getGroup',
    tag: 'Groups',
    summary: 'Show a group',
    access: READS,
    params: connectGroupParams,
    answers: { 200: { description: 'The group', content: group } },
  },
  {
    method: 'patch',
    path: '/groups/{id}',
    operationId: 'updateGroup',
    tag: 'Groups',
    summary: 'Change the name or the reference of a group',
    description: 'What is left out, null or empty stays as it is; `{}` changes nothing.',
    access: CHANGES,
    params: connectGroupParams,
    body: changeConnectGroupBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'The group as it is now',
        content: group,
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['external_id_in_use'],
  },
  {
    method: 'post',
    path: '/groups/{id}/members/sync',
    operationId: 'syncMembers',
    tag: 'Members',
    summary: "Make a group's members those that are sent",
    description:
      'A full replacement by `reference_id`: who is new is added, who is missing is removed, who is there is updated. Of two syncs of one group the one accepted later has the last word.',
    access: CHANGES,
    params: connectGroupParams,
    body: rosterBody,
    headers: ['Idempotency-Key'],
    answers: {
      202: {
        description: 'Accepted; ask for `request_id` to see what came of it',
        content: json(z.object({ data: membersSyncReceipt })),
        headers: ['Idempotent-Replayed'],
      },
    },
  },
  {
    method: 'get',
    path: '/groups/{id}/members/sync/{request_id}',
    operationId: 'getMembersSync',
    tag: 'Members',
    summary: 'Show what came of a members sync',
    access: READS,
    params: membersSyncParams,
    answers: {
      200: {
        description: 'The sync',
        content: json(z.object({ data: membersSyncResource })),
      },
    },
  },
];
