import { z } from 'zod';
import { time } from './answer-fields.ts';
import { email, text } from './fields.ts';
import { JOB_MAX_TARGETS } from './job-options.ts';

/** `POST /v1/auth/access-tokens`: the key itself is in the header, as in every request. */
export const accessTokenBody = z
  .object({ grant_type: z.literal('client_credentials') })
  .meta({ id: 'CreateAccessToken' });

/** `POST /v1/groups`: a reference is the organization's own word for the group, and only one's. */
export const createConnectGroupBody = z
  .object({
    name: text(1, 255),
    external_reference_id: text(1, 255),
  })
  .meta({ id: 'CreateGroup' });
export type CreateConnectGroupBody = z.infer<typeof createConnectGroupBody>;

/** Clients send what they do not set as null or '': all of these leave a field as it is. */
const unlessEmpty = z
  .preprocess(
    (value) => (value === null || value === '' ? undefined : value),
    text(1, 255).optional(),
  )
  .optional()
  .meta({ override: { type: ['string', 'null'], minLength: undefined } });

/** `PATCH /v1/groups/{id}`: `{}` changes nothing. */
export const changeConnectGroupBody = z
  .object({
    name: unlessEmpty,
    external_reference_id: unlessEmpty,
  })
  .meta({ id: 'ChangeGroup' });
export type ChangeConnectGroupBody = z.infer<typeof changeConnectGroupBody>;

const LAST_PAGE = 2_147_483_647;
const LARGEST_PAGE = 100;

const wholeNumber = (most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'must be a whole number')
    .meta({ override: { type: 'integer', minimum: 1, maximum: most, pattern: undefined } })
    .transform(Number)
    .pipe(z.number().min(1).max(most));

/** `GET /v1/groups`: pages count from 1. */
export const listConnectGroupsQuery = z.object({
  page: wholeNumber(LAST_PAGE).default(1).describe('1 unless named'),
  limit: wholeNumber(LARGEST_PAGE).default(20).describe('20 unless named'),
  external_reference_id: text(1, 255).optional(),
});

/** How many members a roster takes. */
export const ROSTER_MAX_MEMBERS = JOB_MAX_TARGETS;

/**
 * `POST /v1/groups/{id}/members/sync`: everybody who shall be on the roster, each with a reference of
 * their own. What else is wrong with a member is a failure of that one; see `rosterPerson`.
 */
export const rosterBody = z
  .object({
    members: z
      .array(
        z.object({
          reference_id: text(1, 255),
          first_name: z.string(),
          last_name: z.string(),
          email: z.string().nullish(),
        }),
      )
      .max(ROSTER_MAX_MEMBERS)
      .superRefine((members, context) => {
        const seen = new Set<string>();
        for (const [index, { reference_id }] of members.entries()) {
          if (seen.has(reference_id)) {
            const path = [index, 'reference_id'];
            context.addIssue({ code: 'custom', path, message: 'must not be repeated' });
          }
          seen.add(reference_id);
        }
      }),
  })
  .meta({ id: 'SyncMembers', description: 'No `reference_id` twice' });
export type RosterBody = z.infer<typeof rosterBody>;

/** What a member must be beside their reference. An email address is not needed. */
export const rosterPerson = z.object({
  first_name: text(0, 255),
  last_name: text(0, 255),
  email: z.preprocess((value) => value || null, email.nullable()),
});
export type RosterPerson = z.infer<typeof rosterPerson>;

/** An id as Connect's clients know it: a word for what it is, and 22 characters. */
const connectId = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[A-Za-z0-9_-]{22}$`));

const groupId = connectId('grp');
const syncId = connectId('grpmsr');
const memberIds = z.array(connectId('grpm'));

/** Of the paths with a group in them. What does not fit is no id: 404. */
export const connectGroupParams = z.object({ id: groupId });
export const membersSyncParams = z.object({ id: groupId, request_id: syncId });

export const accessTokenResource = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().describe('Seconds'),
  })
  .meta({ id: 'AccessToken' });
export type AccessTokenResource = z.infer<typeof accessTokenResource>;

export const connectGroupResource = z
  .object({
    id: groupId,
    organization_id: connectId('org'),
    name: z.string(),
    external_reference_id: z.string().describe('Empty where it has none'),
    created_at: time,
    updated_at: time.describe('Moves only when something changed'),
  })
  .meta({ id: 'Group' });
export type ConnectGroupResource = z.infer<typeof connectGroupResource>;

/** What the 202 of a members sync says. */
export const membersSyncReceipt = z
  .object({ request_id: syncId, group_id: groupId, accepted_at: time })
  .meta({ id: 'MembersSyncReceipt' });
export type MembersSyncReceipt = z.infer<typeof membersSyncReceipt>;

export const rosterFailure = z
  .object({
    reference_id: z.string(),
    operation: z.enum(['add', 'remove']),
    reason: z.string().describe('For a person to read'),
  })
  .meta({
    id: 'MembersSyncFailure',
    description:
      'A member who is not as the sync wanted: not put on the roster or not updated, or not taken off it',
  });
export type RosterFailure = z.infer<typeof rosterFailure>;

/** `GET /v1/groups/{id}/members/sync/{request_id}`. */
export const membersSyncResource = z
  .object({
    ...membersSyncReceipt.shape,
    completed_at: time.nullable(),
    results: z
      .object({
        added_group_member_ids: memberIds,
        removed_group_member_ids: memberIds,
        failures: z.array(rosterFailure),
      })
      .nullable(),
  })
  .meta({
    id: 'MembersSync',
    description: '`completed_at` and `results` are null until it is done',
  });
export type MembersSyncResource = z.infer<typeof membersSyncResource>;

export const connectPagination = z
  .object({
    page: z.int().min(1),
    limit: z.int().min(1),
    total: z.int().min(0),
    total_pages: z.int().min(0).describe('0 where there is nothing'),
  })
  .meta({ id: 'Pagination' });
export type ConnectPagination = z.infer<typeof connectPagination>;
