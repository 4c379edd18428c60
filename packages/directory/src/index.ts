export { createAccessTokens, isAccessToken, ACCESS_TOKEN_SECONDS } from './access-tokens.ts';
export { acceptLink, createTokens, type AcceptTokens } from './accept-tokens.ts';
export { acceptInvitation, type Acceptance } from './accept-invitation.ts';
export { addUserToGroups } from './add-user-to-groups.ts';
export {
  createAttributeDefinition,
  deleteAttributeDefinition,
  listAttributeDefinitions,
  type AttributeDefinition,
  type NewAttributeDefinition,
} from './attribute-definitions.ts';
export { assertGroupChange, changeGroup, type GroupChange } from './change-group.ts';
export { createApiKey, type NewApiKey } from './create-api-key.ts';
export { assertNewGroup, createGroup, type NewGroup } from './create-group.ts';
export { createWebsites, type NewWebsite } from './create-websites.ts';
export { findGroupCredits, setGroupCredits, type Credits } from './credits.ts';
export { deleteGroup } from './delete-group.ts';
export { describeInvitation, type InvitationDescription } from './describe-invitation.ts';
export { findCaller, findCallers, type Caller, type Credential, type Rate } from './find-caller.ts';
export { findEndedKeys } from './find-ended-keys.ts';
export { findInvites, type Invited } from './find-invites.ts';
export { findGroup, findGroupByNumber, listGroups, pageGroups, type Group } from './find-groups.ts';
export { listInvitations, requireInvitation, type InvitationViewer } from './find-invitations.ts';
export { findWebsite, listWebsites, type Website } from './find-websites.ts';
export { isProvisioned } from './is-provisioned.ts';
export { listApiKeys, type ApiKey } from './list-api-keys.ts';
export { listWebsiteMembers, type Member } from './list-website-members.ts';
export { createOrganization, findOrganization, type Organization } from './organizations.ts';
export { pruneRateWindows } from './prune-rate-windows.ts';
export { removeWebsiteMember } from './remove-website-member.ts';
export { revokeApiKey } from './revoke-api-key.ts';
export { revokeInvitation } from './revoke-invitation.ts';
export { revokeInvite } from './revoke-invite.ts';
