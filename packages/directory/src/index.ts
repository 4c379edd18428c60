export { createTokens, type AcceptTokens } from './accept-tokens.ts';
export { acceptInvitation, type Acceptance } from './accept-invitation.ts';
export { assertGroupChange, changeGroup, type GroupChange } from './change-group.ts';
export { createApiKey, type NewApiKey } from './create-api-key.ts';
export { assertNewGroup, createGroup, type NewGroup } from './create-group.ts';
export { createWebsites, type NewWebsite } from './create-websites.ts';
export { findGroupCredits, setGroupCredits, type Credits } from './credits.ts';
export {
  describeInvitation,
  type InvitationDescription,
  type InvitationState,
} from './describe-invitation.ts';
export { findCaller, findCallers, type Caller, type Rate } from './find-caller.ts';
export { findGroup, listGroups, type Group } from './find-groups.ts';
export { findWebsite, listWebsites, type Website } from './find-websites.ts';
export { isProvisioned } from './is-provisioned.ts';
export { listApiKeys, type ApiKey } from './list-api-keys.ts';
export { listWebsiteMembers, type Member } from './list-website-members.ts';
export { createOrganization, findOrganization, type Organization } from './organizations.ts';
export { pruneRateWindows } from './prune-rate-windows.ts';
export { removeWebsiteMember } from './remove-website-member.ts';
export { revokeApiKey } from './revoke-api-key.ts';
export { revokeInvite } from './revoke-invite.ts';
