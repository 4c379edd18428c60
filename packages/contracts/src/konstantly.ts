import { z } from 'zod';
import { ATTRIBUTE_TYPES, type AttributeType, type AttributeValue } from './attributes.ts';
import { email, text, unique, type Role } from './fields.ts';

/** Text of several lines: NFC, trimmed; of control characters only tabs and ends of lines. */
const lines = (max: number) =>
  z
    .string()
    .transform((value) => value.normalize('NFC').replace(/\r\n?/g, '\n').trim())
    .pipe(
      z
        .string()
        .max(max, `must have at most ${max} characters`)
        .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n])*$/u, 'must not contain control characters'),
    );

/** A name that is left out, null or blank is all the same to its clients. */
const groupName = z.preprocess(
  (value) => value ?? '',
  z
    .string()
    .refine((value) => value.trim() !== '', { message: 'Name cannot be empty', abort: true })
    .pipe(text(1, 255)),
);

const attributeValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.string())],
  'must be text, a number, true or false, or a list of texts',
);

/** Blank is as good as null. */
const description = lines(10_000).transform((value) => (value === '' ? null : value));

/**
 * `POST /openapi/v1/groups`, `PATCH /openapi/v1/groups/{id}`: the name is required there too, and what
 * else is left out stays. Null detaches from the parent, clears the description or a single attribute;
 * in place of all attributes it leaves them.
 */
export const konstantlyGroupBody = z.object({
  name: groupName,
  parentId: z.int().nullish(),
  description: description.nullish(),
  attributes: z.record(z.string(), attributeValue.nullable()).nullish(),
});
export type KonstantlyGroupBody = z.infer<typeof konstantlyGroupBody>;

/** A query that names a parameter and gives it nothing means its default. */
const count = (min: number, fallback: number) =>
  z.preprocess(
    (value) => (value === '' ? undefined : value),
    z
      .string()
      .regex(/^\d+$/, 'must be a whole number')
      .transform(Number)
      .pipe(z.int().min(min))
      .default(fallback),
  );

/** `GET /openapi/v1/groups`: more than 1,000 at once are 1,000. */
export const listKonstantlyGroupsQuery = z.object({
  offset: count(0, 0),
  limit: count(1, 20).transform((limit) => Math.min(limit, 1_000)),
});

/** `POST /openapi/v1/group-attributes`. */
export const createGroupAttributeBody = z.object({
  name: text(1, 255),
  type: z.enum(ATTRIBUTE_TYPES),
  options: z
    .array(text(1, 255))
    .max(1_000, 'must have at most 1000 options')
    .nullish()
    .transform((options) => options ?? []),
  required: z
    .boolean()
    .nullish()
    .transform((required) => required ?? false),
});

const someGroups = (max: number) => z.array(z.int()).max(max, `must name at most ${max} groups`);

/** `POST /openapi/v1/users/{id}/groups`. */
export const addToGroupsBody = z.object({ groups: someGroups(1_000) });

/** How many addresses and groups `POST /openapi/v1/invites` takes. */
const MOST_EMAILS = 100;
const MOST_GROUPS = 50;

/** Usher has two roles: whoever is to be no admin is a viewer, whatever the alias. */
const roleAlias = z
  .string()
  .nullish()
  .transform((alias): Role => (alias?.trim().toLowerCase() === 'admin' ? 'admin' : 'viewer'));

const UNIX_SECONDS = 'must be unix seconds, or a time like 2026-03-01T09:30:00Z';
/** The last year of four digits ends then; whoever sends milliseconds is far beyond it. */
const LATEST_MS = Date.UTC(10_000, 0) - 1;

/** Unix seconds, as its clients send them, or ISO 8601. */
const deadline = z
  .union([z.int().min(0), z.iso.datetime({ offset: true })], UNIX_SECONDS)
  .transform((value) => (typeof value === 'number' ? value * 1_000 : Date.parse(value)))
  .refine((ms) => ms <= LATEST_MS, UNIX_SECONDS)
  .transform((ms) => new Date(ms));

/** `POST /openapi/v1/invites`. Without groups: to the organization itself. */
export const createInvitesBody = z.object({
  emails: z
    .array(email)
    .min(1, 'must name at least one address')
    .max(MOST_EMAILS, `must name at most ${MOST_EMAILS} addresses`)
    .transform(unique),
  roleAlias,
  groups: someGroups(MOST_GROUPS)
    .nullish()
    .transform((groups) => [...new Set(groups)]),
  text: lines(5_000)
    .nullish()
    .transform((value) => value || null),
  deadlineAt: deadline.nullish().transform((time) => time ?? null),
});
export type CreateInvitesBody = z.infer<typeof createInvitesBody>;

/** A group as Konstantly's clients read it: every key is always there. */
export interface KonstantlyGroup {
  id: number;
  parentId: number | null;
  name: string;
  usersCount: number;
  /** Of its websites. */
  coursesCount: number;
  description: string | null;
  attributes: Record<string, AttributeValue>;
  image: { id: number; original: string; mini: string; small: string } | null;
}

export interface GroupAttributeResource {
  id: number;
  name: string;
  type: AttributeType;
  /** Of single and multiple; of the others, none. */
  options: string[];
  required: boolean;
}

/** Somebody who has been invited. */
export interface KonstantlyInvite {
  id: number;
  email: string;
  /** Unix seconds. */
  createdAt: number;
  /** Where they accept. */
  inviteUrl: string;
}
