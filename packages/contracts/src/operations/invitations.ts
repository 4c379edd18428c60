import { z } from 'zod';
import { nextCursor } from '../answer-fields.ts';
import { auditEntryResource, listAuditLogQuery } from '../audit-log.ts';
import { acceptedTarget, acceptInvitationBody } from '../directory.ts';
import { invitationResource, listInvitationsQuery } from '../invitations.ts';
import { emptyBody, idParams } from '../params.ts';
import { json, JSON_TYPE, NDJSON_TYPE, type Operation } from './operation.ts';

const tag = 'Invitations';
const invitation = json(invitationResource);

export const invitationOperations: Operation[] = [
  {
    method: 'post',
    path: '/invitations/accept',
    operationId: 'acceptInvitation',
    tag,
    summary: 'Accept an invitation',
    description: 'No key: the token of its link is the permission.',
    access: { open: true },
    body: acceptInvitationBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'What they are a member of now',
        content: json(z.object({ success: z.literal(true), accepted: z.array(acceptedTarget) })),
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['not_found', 'state_conflict', 'gone'],
  },
  {
    method: 'get',
    path: '/invitations',
    operationId: 'listInvitations',
    tag,
    summary: 'List invitations, the newest first',
    access: { reads: true },
    query: listInvitationsQuery,
    answers: {
      200: {
        description: 'A page of them',
        content: json(
          z.object({ invitations: z.array(invitationResource), next_cursor: nextCursor }),
        ),
      },
    },
  },
  {
    method: 'get',
    path: '/invitations/{id}',
    operationId: 'getInvitation',
    tag,
    summary: 'Show an invitation',
    access: { reads: true },
    params: idParams,
    answers: { 200: { description: 'The invitation', content: invitation } },
  },
  {
    method: 'post',
    path: '/invitations/{id}/revoke',
    operationId: 'revokeInvitation',
    tag,
    summary: 'Revoke all of an invitation that is pending',
    access: {},
    params: idParams,
    body: emptyBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'The invitation as it is now',
        content: invitation,
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['state_conflict'],
  },
  {
    method: 'post',
    path: '/invitations/{id}/resend',
    operationId: 'resendInvitation',
    tag,
    summary: 'Send the email of an invitation once more',
    access: {},
    params: idParams,
    body: emptyBody,
    headers: ['Idempotency-Key'],
    answers: {
      202: {
        description: 'The invitation, one more email of which goes out',
        content: invitation,
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['state_conflict'],
  },
];

export const auditOperations: Operation[] = [
  {
    method: 'get',
    path: '/audit-log',
    operationId: 'listAuditLog',
    tag: 'Audit log',
    summary: 'List what was done, the newest first',
    description: '`Accept: application/x-ndjson` answers all of it, one entry a line.',
    access: { global: true, reads: true },
    query: listAuditLogQuery,
    answers: {
      200: {
        description: 'A page of it, or all as lines',
        content: {
          [JSON_TYPE]: z.object({ entries: z.array(auditEntryResource), next_cursor: nextCursor }),
          [NDJSON_TYPE]: auditEntryResource,
        },
      },
    },
  },
];
