import type { GroupResource, MemberResource, WebsiteResource } from '@usher/contracts';
import type { Caller, Group, Member, Website } from '@usher/directory';
import { shownExternalId } from './external-id.ts';

export function toWebsite(website: Website, caller: Caller): WebsiteResource {
  return {
    id: website.id,
    websiteUrl: website.url,
    websiteName: website.name,
    ...shownExternalId(caller, website),
  };
}

export function toGroup(group: Group, caller: Caller): GroupResource {
  return {
    id: group.id,
    name: group.name,
    orgId: group.orgId,
    billingEnabled: group.billingEnabled,
    createdAt: group.createdAt.toISOString(),
    websites: group.websites.map(({ id, url, name }) => ({
      id,
      websiteUrl: url,
      websiteName: name,
    })),
    ...shownExternalId(caller, group),
  };
}

export function toMember(member: Member): MemberResource {
  return {
    user_id: member.userId,
    email: member.email,
    role: member.role,
    access_type: member.accessType,
    created_at: member.createdAt.toISOString(),
    first_name: member.firstName,
    last_name: member.lastName,
  };
}
