import { z } from 'zod';
import { email, text } from './fields.ts';
import { JOB_MAX_TARGETS } from './job-options.ts';

/** `POST /v1/auth/access-tokens`: the key itself is in the header, as in every request. */
export const accessTokenBody = z.object({ grant_type: z.literal('client_credentials') });

/** `POST /v1/groups`: a reference is the organization's own word for the group, and only one's. */
export const createConnectGroupBody = z.object({
  name: text(1, 255),
  external_reference_id: text(1, 255),
});
export type CreateConnectGroupBody = z.infer<typeof createConnectGroupBody>;

/** Clients send what they do not set as null or '': all of these leave a field as it is. */
const unlessEmpty = z
  .preprocess(
    (value) => (value === null || value === '' ? undefined : value),
    text(1, 255).optional(),
  )
  .optional();

/** `PATCH /v1/groups/{id}`: `{}` changes nothing. */
export const changeConnectGroupBody = z.object({
  name: unlessEmpty,
  external_reference_id: unlessEmpty,
});
export type ChangeConnectGroupBody = z.infer<typeof changeConnectGroupBody>;

const LAST_PAGE = 2_147_483_647;
const LARGEST_PAGE = 100;

const wholeNumber = (most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(most));

/** `GET /v1/groups`: pages count from 1. */
export const listConnectGroupsQuery = z.object({
  page: wholeNumber(LAST_PAGE).default(1),
  limit: wholeNumber(LARGEST_PAGE).default(20),
  external_reference_id: text(1, 255).optional(),
});

/** How many members a roster takes. */
export const ROSTER_MAX_MEMBERS = JOB_MAX_TARGETS;

/**
 * `POST /v1/groups/{id}/members/sync`: everybody who shall be on the roster, each with a reference of
 * their own. What else is wrong with a member is a failure of that one; see `rosterPerson`.
 */
export const rosterBody = z.object({
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
});
export type RosterBody = z.infer<typeof rosterBody>;

/** What a member must be beside their reference. An email address is not needed. */
export const rosterPerson = z.object({
  first_name: text(0, 255),
  last_name: text(0, 255),
  email: z.preprocess((value) => value || null, email.nullable()),
});
export type RosterPerson = z.infer<typeof rosterPerson>;

export interface AccessTokenResource {
  access_token: string;
  token_type: 'Bearer';
  /** Seconds. */
  expires_in: number;
}

export interface ConnectGroupResource {
  /** `grp_` and 22 characters. */
  id: string;
  /** `org_` and 22 characters. */
  organization_id: string;
  name: string;
  /** '' where it has none. */
  external_reference_id: string;
  /** ISO 8601, UTC. */
  created_at: string;
  updated_at: string;
}

/** What the 202 of a members sync says. */
export interface MembersSyncReceipt {
  /** `grpmsr_` and 22 characters. */
  request_id: string;
  group_id: string;
  /** ISO 8601, UTC. */
  accepted_at: string;
}

/** `GET /v1/groups/{id}/members/sync/{request_id}`: both null until it is done. */
export interface MembersSyncResource extends MembersSyncReceipt {
  completed_at: string | null;
  results: null | {
    /** `grpm_` and 22 characters each. */
    added_group_member_ids: string[];
    removed_group_member_ids: string[];
    failures: RosterFailure[];
  };
}

/** A member who is not as the sync wanted: not put on the roster or not updated, or not taken off it. */
export interface RosterFailure {
  reference_id: string;
  operation: 'add' | 'remove';
  /** For a person to read. */
  reason: string;
}

export interface ConnectPagination {
  page: number;
  limit: number;
  total: number;
  /** 0 where there is nothing. */
  total_pages: number;
}

export interface ConnectError {
  /** ISO 8601, UTC. */
  timestamp: string;
  message: string;
  /** The same text. */
  error: string;
  /** A code of `ERRORS`. */
  app_error_code: string;
  /** The request's id. */
  trace_id: string;
}
