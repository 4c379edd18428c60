// The API's own shapes, under the names of its documents, and what this package makes of them.
import type {
  AcceptInvitationAnswer,
  AthenaError,
  Job,
  ListAuditLogQuery,
  ListDeliveriesQuery,
  ListInvitationsQuery,
  ListJobsQuery,
  ListTargetsQuery,
  Problem,
  Target,
  WebhookEndpoint,
} from './generated/api.ts';

export type * from './generated/api.ts';

/** Why a request was refused. */
export type ErrorCode = Problem['code'];
/** One thing that is wrong with one place of a request. */
export type ErrorDetail = NonNullable<AthenaError['details']>[number];
/** What has an external id already. */
export type ExistingResource = NonNullable<AthenaError['existing']>;

export type JobState = Job['state'];
export type TargetStatus = Target['status'];
/** Why a target ended as it did, or is tried again. */
export type TargetCode = NonNullable<Target['code']>;
export type EventType = WebhookEndpoint['event_types'][number];
export type AcceptedTarget = AcceptInvitationAnswer['accepted'][number];

type Filter<Query> = Omit<Query, 'limit' | 'cursor'>;
export type JobFilter = Filter<ListJobsQuery>;
export type TargetFilter = Filter<ListTargetsQuery>;
export type InvitationFilter = Filter<ListInvitationsQuery>;
export type DeliveryFilter = Filter<ListDeliveriesQuery>;
export type AuditFilter = Filter<ListAuditLogQuery>;
