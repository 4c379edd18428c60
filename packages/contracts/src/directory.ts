import { z } from 'zod';
import { text, unique, uuid } from './fields.ts';

/** `POST /websites`. Protocol and trailing slash go; the name defaults to what is left. */
export const createWebsiteBody = z.object({
  url: text(1, 2048)
    .transform((url) => url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\/+$/, ''))
    .pipe(z.string().min(1, 'must name a host').regex(/^\S*$/u, 'must not contain spaces')),
  name: text(1, 255).nullish(),
  external_id: text(1, 255).nullish(),
});
export type CreateWebsiteBody = z.infer<typeof createWebsiteBody>;

const someWebsites = z
  .array(uuid)
  .min(1, 'must name at least one website')
  .max(1_000, 'must name at most 1,000 websites');

export const createGroupBody = z.object({
  name: text(1, 255),
  website_ids: someWebsites.transform(unique),
  billing_enabled: z
    .boolean()
    .nullish()
    .transform((given) => given ?? false),
  external_id: text(1, 255).nullish(),
});
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
  }));
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
  });
export type GroupCreditsBody = z.infer<typeof groupCreditsBody>;

export const listGroupsQuery = z.object({ external_id: text(1, 255).optional() });

/** `POST /invitations/accept`: no key, the token is the permission. */
export const acceptInvitationBody = z.strictObject({
  token: z.string().min(1).max(500),
  first_name: text(1, 255).nullish(),
  last_name: text(1, 255).nullish(),
});
export type AcceptInvitationBody = z.infer<typeof acceptInvitationBody>;

export interface WebsiteResource {
  id: string;
  websiteUrl: string;
  websiteName: string;
  externalId?: string | null;
}

export interface GroupResource {
  id: string;
  name: string;
  orgId: string;
  billingEnabled: boolean;
  createdAt: string;
  websites: Array<{ id: string; websiteUrl: string; websiteName: string }>;
  /** There for partner organizations, absent for everybody else. */
  externalId?: string | null;
}

export interface CreditsResource {
  total: number;
  monthly: {
    balance: number;
    /** Unix milliseconds; null where no credits were ever set. */
    next_reset_at: number | null;
  };
  one_off: { balance: number };
}

export interface MemberResource {
  user_id: string;
  email: string;
  role: 'admin' | 'viewer';
  access_type: 'direct' | 'group';
  created_at: string;
  first_name: string | null;
  last_name: string | null;
}

export type AcceptedTarget =
  | { website_id: string }
  | { group_id: string }
  | { organization_id: string };
