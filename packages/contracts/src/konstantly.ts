import { z } from 'zod';
import { address, count as howMany, url } from './answer-fields.ts';
import { ATTRIBUTE_TYPES } from './attributes.ts';
import { email, text, unique, type Role } from './fields.ts';

/** Text of several lines: NFC, trimmed; of control characters only tabs and ends of lines. */
const lines = (max: number) =>
  z
    .string()
    .meta({ maxLength: max })
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
export const konstantlyGroupBody = z
  .object({
    name: groupName,
    parentId: z.int().nullish(),
    description: description.nullish(),
    attributes: z.record(z.string(), attributeValue.nullable()).nullish(),
  })
  .meta({ id: 'GroupBody' });
export type KonstantlyGroupBody = z.infer<typeof konstantlyGroupBody>;

/** A query that names a parameter and gives it nothing means its default. */
const count = (min: number, fallback: number) =>
  z
    .preprocess(
      (value) => (value === '' ? undefined : value),
      z
        .string()
        .regex(/^\d+$/, 'must be a whole number')
        .transform(Number)
        .pipe(z.int().min(min))
        .default(fallback),
    )
    .meta({ override: { type: 'integer', minimum: min, default: fallback, pattern: undefined } });

/** `GET /openapi/v1/groups`: more than 1,000 at once are 1,000. */
export const listKonstantlyGroupsQuery = z.object({
  offset: count(0, 0),
  limit: count(1, 20).transform((limit) => Math.min(limit, 1_000)),
});

/** `POST /openapi/v1/group-attributes`. */
export const createGroupAttributeBody = z
  .object({
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
  })
  .meta({ id: 'CreateGroupAttribute' });

const someGroups = (max: number) => z.array(z.int()).max(max, `must name at most ${max} groups`);

/** `POST /openapi/v1/users/{id}/groups`. */
export const addToGroupsBody = z.object({ groups: someGroups(1_000) }).meta({ id: 'AddToGroups' });

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
export const createInvitesBody = z
  .object({
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
  })
  .meta({ id: 'CreateInvites' });
export type CreateInvitesBody = z.infer<typeof createInvitesBody>;

/** What goes by a number here: groups, users, invites, definitions of attributes. */
const number = z.int().min(1);

/** Of the paths with a number in them. What is none is the number of nothing: 404. */
export const numberParams = z.object({ id: number });

export const konstantlyGroup = z
  .object({
    id: number,
    parentId: number.nullable(),
    name: z.string(),
    usersCount: howMany,
    coursesCount: howMany.describe('Of its websites'),
    description: z.string().nullable(),
    attributes: z.record(z.string(), attributeValue),
    image: z.object({ id: number, original: url, mini: url, small: url }).nullable(),
  })
  .meta({ id: 'Group', description: 'Every key is always there' });
export type KonstantlyGroup = z.infer<typeof konstantlyGroup>;

export const groupAttributeResource = z
  .object({
    id: number,
    name: z.string(),
    type: z.enum(ATTRIBUTE_TYPES),
    options: z.array(z.string()).describe('Of `single` and `multiple`; of the others, none'),
    required: z.boolean(),
  })
  .meta({ id: 'GroupAttribute' });
export type GroupAttributeResource = z.infer<typeof groupAttributeResource>;

export const konstantlyInvite = z
  .object({
    id: number,
    email: address,
    createdAt: z.int().describe('Unix seconds'),
    inviteUrl: url.describe('Where they accept'),
  })
  .meta({ id: 'Invite', description: 'Somebody who has been invited' });
export type KonstantlyInvite = z.infer<typeof konstantlyInvite>;
