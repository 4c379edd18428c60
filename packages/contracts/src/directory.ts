import { z } from 'zod';
import { address, id, time } from './answer-fields.ts';
import { role, text, unique, uuid } from './fields.ts';

/** `POST /websites`. Protocol and trailing slash go; the name defaults to what is left. */
export const createWebsiteBody = z
  .object({
    url: text(1, 2048)
      .transform((url) => url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\/+$/, ''))
      .pipe(z.string().min(1, 'must name a host').regex(/^\S*$/u, 'must not contain spaces')),
    name: text(1, 255).nullish(),
    external_id: text(1, 255).nullish(),
  })
  .meta({ id: 'CreateWebsite' });
export type CreateWebsiteBody = z.infer<typeof createWebsiteBody>;

const someWebsites = z
  .array(uuid)
  .min(1, 'must name at least one website')
  .max(1_000, 'must name at most 1,000 websites');

export const createGroupBody = z
  .object({
    name: text(1, 255),
    website_ids: someWebsites.transform(unique),
    billing_enabled: z
      .boolean()
      .nullish()
      .transform((given) => given ?? false),
    external_id: text(1, 255).nullish(),
  })
  .meta({ id: 'CreateGroup' });
export type CreateGroupBody = z.infer<typeof createGroupBody>;

const CHANGEABLE = [
  'name',
  'add_website_ids',
  'remove_website_ids',
  'external_id',
  'billing_enabled',
] as const;

/**
 * `PATCH /groups/{id}`: at least one field. What is left out stays as it is; `external_id: null` clears
 * it. Repeated websites collapse; one that is both added and removed is refused.
 */
export const changeGroupBody = z
  .object({
    name: text(1, 255).optional(),
    add_website_ids: someWebsites.optional(),
    remove_website_ids: someWebsites.optional(),
    external_id: text(1, 255).nullish(),
    billing_enabled: z.boolean().optional(),
  })
  .superRefine((body, { addIssue }) => {
    if (CHANGEABLE.every((field) => body[field] === undefined)) {
      addIssue({ code: 'custom', message: `must have at least one of ${CHANGEABLE.join(', ')}` });
    }
    const added = new Set(body.add_website_ids);
    body.remove_website_ids?.forEach((id, index) => {
      if (!added.has(id)) return;
      const path = ['remove_website_ids', index];
      addIssue({ code: 'custom', path, message: 'is in add_website_ids too' });
    });
  })
  .transform(({ add_website_ids, remove_website_ids, ...body }) => ({
    ...body,
    ...(add_website_ids && { add_website_ids: unique(add_website_ids) }),
    ...(remove_website_ids && { remove_website_ids: unique(remove_website_ids) }),
  }))
  .meta({
    id: 'ChangeGroup',
    description: 'At least one field; no website both added and removed',
  });
export type ChangeGroupBody = z.infer<typeof changeGroupBody>;

/** Credits: up to a million millions, exact to four decimals. */
const amount = z
  .number()
  .min(0, { abort: true })
  .max(1e12, { abort: true })
  .refine((value) => /^\d+(\.\d{1,4})?$/.test(String(value)), 'must have at most 4 decimals');

export const groupCreditsQuery = z.object({ group_id: uuid });

/** `PUT /credits/group`: at least one of the two amounts; the other stays as it is. */
export const groupCreditsBody = z
  .object({ group_id: uuid, monthly: amount.optional(), one_off: amount.optional() })
  .refine(({ monthly, one_off }) => monthly !== undefined || one_off !== undefined, {
    message: 'must have monthly, one_off or both',
  })
  .meta({ id: 'SetCredits', description: 'At least one of `monthly` and `one_off` is required' });
export type GroupCreditsBody = z.infer<typeof groupCreditsBody>;

export const listGroupsQuery = z.object({ external_id: text(1, 255).optional() });

/** `POST /invitations/accept`: no key, the token is the permission. */
export const acceptInvitationBody = z
  .strictObject({
    token: z.string().min(1).max(500),
    first_name: text(1, 255).nullish(),
    last_name: text(1, 255).nullish(),
  })
  .meta({ id: 'AcceptInvitation' });
export type AcceptInvitationBody = z.infer<typeof acceptInvitationBody>;

const externalId = z
  .string()
  .nullable()
  .optional()
  .describe('There for partner organizations, absent for everybody else');

export const websiteResource = z
  .object({ id, websiteUrl: z.string(), websiteName: z.string(), externalId })
  .meta({ id: 'Website' });
export type WebsiteResource = z.infer<typeof websiteResource>;

const group = { id, name: z.string(), orgId: id, billingEnabled: z.boolean(), createdAt: time };

export const groupResource = z
  .object({
    ...group,
    websites: z.array(websiteResource.omit({ externalId: true })),
    externalId,
  })
  .meta({ id: 'Group' });
export type GroupResource = z.infer<typeof groupResource>;

/** As the answer to its making shows it. */
export const newGroupResource = z
  .object({ ...group, websiteIds: z.array(id), externalId })
  .meta({ id: 'NewGroup' });

export const creditsResource = z
  .object({
    total: z.number(),
    monthly: z.object({
      balance: z.number(),
      next_reset_at: z
        .int()
        .nullable()
        .describe('Unix milliseconds; null where no credits were ever set'),
    }),
    one_off: z.object({ balance: z.number() }),
  })
  .meta({ id: 'Credits' });
export type CreditsResource = z.infer<typeof creditsResource>;

export const memberResource = z
  .object({
    user_id: id,
    email: address,
    role,
    access_type: z.enum(['direct', 'group']),
    created_at: time,
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
  })
  .meta({ id: 'Member' });
export type MemberResource = z.infer<typeof memberResource>;

export const acceptedTarget = z.union([
  z.object({ website_id: id }),
  z.object({ group_id: id }),
  z.object({ organization_id: id }),
]);
export type AcceptedTarget = z.infer<typeof acceptedTarget>;
