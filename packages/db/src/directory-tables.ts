import type { ColumnType, Generated } from 'kysely';
import type { NullableTimestamp, Role, Timestamp } from './column-types.ts';

type AttributeValue = string | number | boolean | string[];

export interface OrganizationsTable {
  id: string;
  name: string;
  partner: Generated<boolean>;
  contact_email: string | null;
  weight: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface ApiKeysTable {
  id: string;
  org_id: string;
  name: Generated<string>;
  prefix: string;
  hash: Buffer;
  scoped: Generated<boolean>;
  read_only: Generated<boolean>;
  expires_at: NullableTimestamp;
  revoked_at: NullableTimestamp;
  created_at: Timestamp;
}

export interface ApiKeyWebsitesTable {
  org_id: string;
  api_key_id: string;
  website_id: string;
}

export interface WebsitesTable {
  id: string;
  org_id: string;
  url: string;
  name: string;
  external_id: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface GroupsTable {
  id: string;
  org_id: string;
  number: Generated<number>;
  name: string;
  external_id: string | null;
  billing_enabled: Generated<boolean>;
  parent_id: string | null;
  description: string | null;
  /** By name; of what is defined, as its definition's type says. Written as JSON. */
  attributes: ColumnType<Record<string, AttributeValue>, string | undefined, string>;
  /** Of the roster sync accepted last; 0: there was none. */
  roster_version: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** What a group's attribute of that name is; a name without a definition is text. */
export interface AttributeDefinitionsTable {
  id: string;
  org_id: string;
  number: Generated<number>;
  name: string;
  type: 'text' | 'date' | 'single' | 'multiple' | 'user' | 'yes/no' | 'link' | 'number';
  /** Of single and multiple, at least one; of the others, none. */
  options: Generated<string[]>;
  required: Generated<boolean>;
  created_at: Timestamp;
}

export interface GroupWebsitesTable {
  org_id: string;
  group_id: string;
  website_id: string;
  created_at: Timestamp;
}

export interface UsersTable {
  id: string;
  org_id: string;
  number: Generated<number>;
  email: string;
  email_verified: Generated<boolean>;
  first_name: string | null;
  last_name: string | null;
  /** In the organization itself; what they are in its websites and groups is said there. */
  organization_role: Generated<Role>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface WebsiteMembersTable {
  org_id: string;
  website_id: string;
  user_id: string;
  role: Role;
  created_at: Timestamp;
}

export interface GroupMembersTable {
  org_id: string;
  group_id: string;
  user_id: string;
  role: Role;
  /** Whether it goes with the last place of this user on the group's roster. */
  from_roster: Generated<boolean>;
  created_at: Timestamp;
}

/** The roster of a group, from its first sync on. */
export interface RostersTable {
  org_id: string;
  group_id: string;
  /** Version of the sync applied last; 0: none was. */
  applied: Generated<number>;
}

/** Who is on a group's roster, by the organization's own reference. */
export interface RosterMembersTable {
  id: string;
  org_id: string;
  group_id: string;
  reference_id: string;
  first_name: string;
  last_name: string;
  /** Whose email address was given, if any. */
  user_id: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** What a roster-sync job was asked for, beside its row, and what it came to. */
export interface RosterSyncsTable {
  job_id: string;
  org_id: string;
  group_id: string;
  /** Larger than that of every sync of the group accepted before. */
  version: number;
  /** Written as JSON, in the form of the kind. Empty once it is applied: the roster has them. */
  members: ColumnType<unknown[], string, string>;
  /** What it came to; null while it has not ended. */
  results: ColumnType<Record<string, unknown> | null, never, string>;
}

export interface RateWindowsTable {
  org_id: string;
  minute: number;
  used: number;
}
