import { z } from 'zod';
import { text, unique, uuid } from './fields.ts';

/** `POST /websites`. Protocol and trailing slash go; the name defaults to what is left. */
export const createWebsiteBody = z.object({
  url: text(1, 2048)
    .transform((url) => url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\/+$/, ''))
    .pipe(z.string().min(1, 'must name a host').regex(/^\S+$/u, 'must not contain spaces')),
  name: text(1, 255).nullish(),
  external_id: text(1, 255).nullish(),
});
export type CreateWebsiteBody = z.infer<typeof createWebsiteBody>;

export const createGroupBody = z.object({
  name: text(1, 255),
  website_ids: z
    .array(uuid)
    .min(1, 'must name at least one website')
    .max(1_000, 'must name at most 1,000 websites')
    .transform(unique),
  billing_enabled: z.boolean().default(false),
  external_id: text(1, 255).nullish(),
});
export type CreateGroupBody = z.infer<typeof createGroupBody>;

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

export interface MemberResource {
  user_id: string;
  email: string;
  role: 'admin' | 'viewer';
  access_type: 'direct' | 'group';
  created_at: string;
  first_name: string | null;
  last_name: string | null;
}

export type AcceptedTarget = { website_id: string } | { group_id: string };
