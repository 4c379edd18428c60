// Made from the OpenAPI documents by write-types.ts: not to be edited.

interface components {
  schemas: {
    RevokeInviteAnswer: {
      /** @constant */
      success: true;
      /** @constant */
      message: 'Invite revoked';
    };
    ListGroupsQuery: {
      external_id?: string;
    };
    ListGroupsAnswer: {
      groups: components['schemas']['Group'][];
    };
    CreateGroupAnswer: {
      group: components['schemas']['NewGroup'];
    };
    GetGroupAnswer: {
      group: components['schemas']['Group'];
    };
    UpdateGroupAnswer: {
      group: components['schemas']['Group'];
    };
    ListWebsitesAnswer: {
      websites: components['schemas']['Website'][];
    };
    CreateWebsiteAnswer: {
      website: components['schemas']['Website'];
    };
    ListMembersAnswer: {
      members: components['schemas']['Member'][];
    };
    RemoveMemberAnswer: {
      /** @constant */
      success: true;
      /** @constant */
      message: 'User removed from website';
    };
    GetGroupCreditsQuery: {
      /** Format: uuid */
      group_id: string;
    };
    GetGroupCreditsAnswer: {
      credits: components['schemas']['Credits'];
    };
    SetGroupCreditsAnswer: {
      credits: components['schemas']['Credits'];
    };
    /** @description Exactly one of `website_ids` and `group_ids` is required */
    BulkInvite: {
      /** @enum {string} */
      invite_method: 'direct' | 'email';
      /** Format: email */
      email: string;
      role?: ('admin' | 'viewer') | null;
      first_name?: string | null;
      last_name?: string | null;
      website_ids?: string[] | null;
      group_ids?: string[] | null;
    };
    Invite:
      | {
          /** @constant */
          type: 'organization';
          /** @enum {string} */
          invite_method: 'direct' | 'email';
          /** Format: email */
          email: string;
          role?: ('admin' | 'viewer') | null;
          first_name?: string | null;
          last_name?: string | null;
        }
      | {
          /** @constant */
          type: 'website';
          /** Format: uuid */
          website_id: string;
          /** @enum {string} */
          invite_method: 'direct' | 'email';
          /** Format: email */
          email: string;
          role?: ('admin' | 'viewer') | null;
          first_name?: string | null;
          last_name?: string | null;
        }
      | {
          /** @constant */
          type: 'group';
          /** Format: uuid */
          group_id: string;
          /** @enum {string} */
          invite_method: 'direct' | 'email';
          /** Format: email */
          email: string;
          role?: ('admin' | 'viewer') | null;
          first_name?: string | null;
          last_name?: string | null;
        };
    CreateGroup: {
      name: string;
      website_ids: string[];
      billing_enabled?: boolean | null;
      external_id?: string | null;
    };
    /** @description At least one field; no website both added and removed */
    ChangeGroup: {
      name?: string;
      add_website_ids?: string[];
      remove_website_ids?: string[];
      external_id?: string | null;
      billing_enabled?: boolean;
    };
    CreateWebsite: {
      url: string;
      name?: string | null;
      external_id?: string | null;
    };
    /** @description At least one of `monthly` and `one_off` is required */
    SetCredits: {
      /** Format: uuid */
      group_id: string;
      monthly?: number;
      one_off?: number;
    };
    AthenaError: {
      /** @description For a person to read */
      error: string;
      /**
       * @description The one that an operator, not the caller, can mend
       * @constant
       */
      code?: 'billing_not_configured';
      /** @description Every place that is wrong */
      details?: {
        /** @description As in `website_ids.0`; empty is the whole body */
        path: string;
        message: string;
      }[];
      /** @description What has the external id already */
      existing?: {
        /** @enum {string} */
        type: 'group' | 'website';
        /** Format: uuid */
        id: string;
        name: string;
      };
    };
    BulkInviteAnswer: {
      /** @constant */
      success: true;
      results: components['schemas']['BulkInviteResult'][];
      /** Format: uuid */
      job_id: string;
    };
    BulkInviteResult: {
      /** Format: uuid */
      website_id?: string;
      /** Format: uuid */
      group_id?: string;
      success: boolean;
      /** @description Of a success */
      message?: string;
      /** @description Why not */
      error?: string;
      /**
       * Format: uuid
       * @description Who was added directly
       */
      user_id?: string;
      /**
       * Format: uuid
       * @description What was sent by email
       */
      invite_id?: string;
    };
    /** @description What was submitted, and how far it is */
    Job: {
      /** Format: uuid */
      id: string;
      /** @description `bulk-invite`, `billing-provisioning`, `roster-sync` */
      kind: string;
      /** @enum {string} */
      state:
        | 'scheduled'
        | 'queued'
        | 'running'
        | 'paused'
        | 'succeeded'
        | 'partially_failed'
        | 'failed'
        | 'canceled';
      /** @description Rises with each redrive */
      round: number;
      /** @description Of targets. Within a round each is counted once */
      counts: {
        total: number;
        pending: number;
        retrying: number;
        succeeded: number;
        failed: number;
        canceled: number;
      };
      /** Format: date-time */
      created_at: string;
      started_at: string | null;
      finished_at: string | null;
      /** @description The newest email of this job; null: none was decided on */
      email: {
        /** @enum {string} */
        state: 'pending' | 'sent' | 'held' | 'unknown' | 'failed';
        sent_at: string | null;
      } | null;
      /** @description Paths on this server */
      links: {
        self: string;
        targets: string;
        events: string;
      };
    };
    InviteResult: {
      success: boolean;
      message: string;
      /** Format: uuid */
      user_id?: string;
      /** Format: uuid */
      invite_id?: string;
    };
    Group: {
      /** Format: uuid */
      id: string;
      name: string;
      /** Format: uuid */
      orgId: string;
      billingEnabled: boolean;
      /** Format: date-time */
      createdAt: string;
      websites: {
        /** Format: uuid */
        id: string;
        websiteUrl: string;
        websiteName: string;
      }[];
      /** @description There for partner organizations, absent for everybody else */
      externalId?: string | null;
    };
    NewGroup: {
      /** Format: uuid */
      id: string;
      name: string;
      /** Format: uuid */
      orgId: string;
      billingEnabled: boolean;
      /** Format: date-time */
      createdAt: string;
      websiteIds: string[];
      /** @description There for partner organizations, absent for everybody else */
      externalId?: string | null;
    };
    Website: {
      /** Format: uuid */
      id: string;
      websiteUrl: string;
      websiteName: string;
      /** @description There for partner organizations, absent for everybody else */
      externalId?: string | null;
    };
    Member: {
      /** Format: uuid */
      user_id: string;
      /** Format: idn-email */
      email: string;
      /** @enum {string} */
      role: 'admin' | 'viewer';
      /** @enum {string} */
      access_type: 'direct' | 'group';
      /** Format: date-time */
      created_at: string;
      first_name: string | null;
      last_name: string | null;
    };
    Credits: {
      total: number;
      monthly: {
        balance: number;
        /** @description Unix milliseconds; null where no credits were ever set */
        next_reset_at: number | null;
      };
      one_off: {
        balance: number;
      };
    };
    ListJobsQuery: {
      /** @enum {string} */
      state?:
        | 'scheduled'
        | 'queued'
        | 'running'
        | 'paused'
        | 'succeeded'
        | 'partially_failed'
        | 'failed'
        | 'canceled';
      kind?: string;
      /** @description 50 unless named; more than 200 are 200 */
      limit?: number;
      cursor?: string;
    };
    ListJobsAnswer: {
      jobs: components['schemas']['Job'][];
      /** @description Give it as `cursor` to read on. Empty: this was the end. */
      next_cursor: string;
    };
    GetJobQuery: {
      /** @description Seconds; more than 60 are 60 */
      wait?: number;
    };
    GetJobAnswer: {
      job: components['schemas']['Job'];
    };
    ListTargetsQuery: {
      /** @enum {string} */
      status?: 'pending' | 'retrying' | 'succeeded' | 'failed' | 'canceled';
      /** @enum {string} */
      code?:
        | 'added'
        | 'invited'
        | 'already_member'
        | 'already_invited'
        | 'not_found'
        | 'provisioned'
        | 'already_provisioned'
        | 'synced'
        | 'billing_not_configured'
        | 'upstream_rejected'
        | 'upstream_unavailable'
        | 'external_id_in_use'
        | 'superseded'
        | 'internal_error'
        | 'canceled';
      /** @description 50 unless named; more than 1,000 are 1,000 */
      limit?: number;
      cursor?: string;
    };
    ListTargetsAnswer: {
      targets: components['schemas']['Target'][];
      /** @description Give it as `cursor` to read on. Empty: this was the end. */
      next_cursor: string;
    };
    CancelJobAnswer: {
      job: components['schemas']['Job'];
    };
    PauseJobAnswer: {
      job: components['schemas']['Job'];
    };
    ResumeJobAnswer: {
      job: components['schemas']['Job'];
    };
    RedriveJobAnswer: {
      job: components['schemas']['Job'];
    };
    AcceptInvitationAnswer: {
      /** @constant */
      success: true;
      accepted: (
        | {
            /** Format: uuid */
            website_id: string;
          }
        | {
            /** Format: uuid */
            group_id: string;
          }
        | {
            /** Format: uuid */
            organization_id: string;
          }
      )[];
    };
    ListInvitationsQuery: {
      /** Format: email */
      email?: string;
      /** @enum {string} */
      state?: 'pending' | 'accepted' | 'revoked' | 'expired';
      /** Format: uuid */
      job_id?: string;
      /** @description 50 unless named; more than 200 are 200 */
      limit?: number;
      cursor?: string;
    };
    ListInvitationsAnswer: {
      invitations: components['schemas']['Invitation'][];
      /** @description Give it as `cursor` to read on. Empty: this was the end. */
      next_cursor: string;
    };
    ListWebhookEndpointsQuery: {
      /** @description 50 unless named; more than 200 are 200 */
      limit?: number;
      cursor?: string;
    };
    ListWebhookEndpointsAnswer: {
      webhook_endpoints: components['schemas']['WebhookEndpoint'][];
      /** @description Give it as `cursor` to read on. Empty: this was the end. */
      next_cursor: string;
    };
    CreateWebhookEndpointAnswer:
      | components['schemas']['WebhookEndpointWithSecret']
      | components['schemas']['WebhookEndpoint'];
    RotateWebhookSecretAnswer:
      | components['schemas']['WebhookEndpointWithSecret']
      | components['schemas']['WebhookEndpoint'];
    RecoverWebhookEndpointAnswer: {
      replayed: number;
    };
    ListDeliveriesQuery: {
      /** Format: uuid */
      endpoint_id?: string;
      /** Format: uuid */
      event_id?: string;
      /** Format: uuid */
      job_id?: string;
      /** @enum {string} */
      event_type?:
        | 'job.completed'
        | 'job.canceled'
        | 'job.target_failed'
        | 'invitation.accepted'
        | 'endpoint.disabled'
        | 'endpoint.test';
      /** @enum {string} */
      state?: 'pending' | 'retrying' | 'delivered' | 'exhausted' | 'disabled';
      /** Format: date-time */
      from?: string;
      /** Format: date-time */
      to?: string;
      /** @description 50 unless named; more than 200 are 200 */
      limit?: number;
      cursor?: string;
    };
    ListDeliveriesAnswer: {
      deliveries: components['schemas']['Delivery'][];
      /** @description Give it as `cursor` to read on. Empty: this was the end. */
      next_cursor: string;
    };
    ReplayDeliveriesAnswer: {
      replayed: number;
    };
    ListAuditLogQuery: {
      /** @enum {string} */
      action?:
        | 'organization.create'
        | 'api_key.create'
        | 'api_key.revoke'
        | 'website.create'
        | 'group.create'
        | 'group.update'
        | 'group.delete'
        | 'attribute_definition.create'
        | 'attribute_definition.delete'
        | 'credits.set'
        | 'billing_entity.adopt'
        | 'billing_entity.claim'
        | 'billing_entity.forget'
        | 'billing_entity.rename'
        | 'member.add'
        | 'member.remove'
        | 'invite.revoke'
        | 'invitation.accept'
        | 'invitation.revoke'
        | 'invitation.resend'
        | 'job.submit'
        | 'job.cancel'
        | 'job.pause'
        | 'job.resume'
        | 'job.redrive'
        | 'webhook_endpoint.create'
        | 'webhook_endpoint.update'
        | 'webhook_endpoint.delete'
        | 'webhook_endpoint.enable'
        | 'webhook_endpoint.disable'
        | 'webhook_endpoint.rotate'
        | 'webhook_endpoint.test'
        | 'webhook_endpoint.recover'
        | 'webhook_endpoint.replay'
        | 'delivery.replay'
        | 'event.replay';
      /** @enum {string} */
      resource_type?:
        | 'organization'
        | 'api_key'
        | 'website'
        | 'group'
        | 'attribute_definition'
        | 'credits'
        | 'billing_entity'
        | 'member'
        | 'invite'
        | 'invitation'
        | 'job'
        | 'webhook_endpoint'
        | 'delivery'
        | 'event';
      /** Format: uuid */
      resource_id?: string;
      /** Format: uuid */
      api_key_id?: string;
      /** Format: date-time */
      from?: string;
      /** Format: date-time */
      to?: string;
      /** @description 50 unless named; more than 200 are 200 */
      limit?: number;
      cursor?: string;
    };
    ListAuditLogAnswer: {
      entries: components['schemas']['AuditEntry'][];
      /** @description Give it as `cursor` to read on. Empty: this was the end. */
      next_cursor: string;
    };
    JobBody:
      | components['schemas']['BulkInviteJob']
      | components['schemas']['BillingProvisioningJob'];
    /** @description Exactly one of `website_ids` and `group_ids` is required */
    BulkInviteJob: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      kind: 'bulk-invite';
      /** @enum {string} */
      invite_method: 'direct' | 'email';
      /** Format: email */
      email: string;
      role?: ('admin' | 'viewer') | null;
      first_name?: string | null;
      last_name?: string | null;
      website_ids?: string[] | null;
      group_ids?: string[] | null;
      /** @description Told of the job's end by a webhook; its secret is in the answer */
      callback_url?: string;
      /** @description Only tell what each target would come to */
      validate_only?: boolean;
      /**
       * Format: date-time
       * @description Not to be begun before
       */
      start_at?: string;
      /** @description Cancels the rest once so many targets have failed */
      failure_threshold?:
        | {
            count: number;
          }
        | {
            percent: number;
          };
    };
    BillingProvisioningJob: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      kind: 'billing-provisioning';
      group_ids: string[];
      notify_email?: string | null;
      /** @description Told of the job's end by a webhook; its secret is in the answer */
      callback_url?: string;
      /** @description Only tell what each target would come to */
      validate_only?: boolean;
      /**
       * Format: date-time
       * @description Not to be begun before
       */
      start_at?: string;
      /** @description Cancels the rest once so many targets have failed */
      failure_threshold?:
        | {
            count: number;
          }
        | {
            percent: number;
          };
    };
    Redrive: {
      codes?: (
        | 'added'
        | 'invited'
        | 'already_member'
        | 'already_invited'
        | 'not_found'
        | 'provisioned'
        | 'already_provisioned'
        | 'synced'
        | 'billing_not_configured'
        | 'upstream_rejected'
        | 'upstream_unavailable'
        | 'external_id_in_use'
        | 'superseded'
        | 'internal_error'
        | 'canceled'
      )[];
      /** @default false */
      resend_email?: boolean;
    };
    AcceptInvitation: {
      token: string;
      first_name?: string | null;
      last_name?: string | null;
    };
    CreateWebhookEndpoint: {
      url: string;
      event_types?: (
        | 'job.completed'
        | 'job.canceled'
        | 'job.target_failed'
        | 'invitation.accepted'
        | 'endpoint.disabled'
      )[];
      /**
       * @description Strictly one delivery after the other
       * @default false
       */
      in_order?: boolean;
    };
    /** @description At least one field */
    ChangeWebhookEndpoint: {
      url?: string;
      event_types?: (
        | 'job.completed'
        | 'job.canceled'
        | 'job.target_failed'
        | 'invitation.accepted'
        | 'endpoint.disabled'
      )[];
      in_order?: boolean;
      enabled?: boolean;
    };
    RecoverWebhookEndpoint: {
      /** Format: date-time */
      since?: string;
    };
    ReplayDeliveries:
      | {
          /** Format: uuid */
          event_id: string;
          /** Format: uuid */
          endpoint_id?: string;
        }
      | {
          /** Format: uuid */
          endpoint_id: string;
          /** Format: date-time */
          from: string;
          /** Format: date-time */
          to?: string;
          /** @enum {string} */
          state?: 'delivered' | 'exhausted' | 'disabled';
        };
    JobCompletedEvent: {
      /** @constant */
      type: 'job.completed';
      /**
       * Format: date-time
       * @description When it happened
       */
      timestamp: string;
      data: {
        job: components['schemas']['Job'];
        /** @description Per endpoint, without gaps, in the order of dispatch; the same in every attempt */
        sequence: number;
      };
    };
    JobCanceledEvent: {
      /** @constant */
      type: 'job.canceled';
      /**
       * Format: date-time
       * @description When it happened
       */
      timestamp: string;
      data: {
        job: components['schemas']['Job'];
        /** @description Per endpoint, without gaps, in the order of dispatch; the same in every attempt */
        sequence: number;
      };
    };
    JobTargetFailedEvent: {
      /** @constant */
      type: 'job.target_failed';
      /**
       * Format: date-time
       * @description When it happened
       */
      timestamp: string;
      data: {
        /** Format: uuid */
        job_id: string;
        round: number;
        target: {
          /** @description In the request, from 0 */
          position: number;
          /** Format: uuid */
          website_id?: string;
          /** Format: uuid */
          group_id?: string;
          /** Format: uuid */
          organization_id?: string;
          /**
           * Format: idn-email
           * @description Whom a bulk invite is for
           */
          email?: string;
          /**
           * @description A passing failure is `retrying`, never `failed`
           * @enum {string}
           */
          status: 'pending' | 'retrying' | 'succeeded' | 'failed' | 'canceled';
          /** @description Why; null while nothing was tried */
          code:
            | (
                | 'added'
                | 'invited'
                | 'already_member'
                | 'already_invited'
                | 'not_found'
                | 'provisioned'
                | 'already_provisioned'
                | 'synced'
                | 'billing_not_configured'
                | 'upstream_rejected'
                | 'upstream_unavailable'
                | 'external_id_in_use'
                | 'superseded'
                | 'internal_error'
                | 'canceled'
              )
            | null;
          /** @description For a person to read */
          message: string | null;
          attempts: number;
          /** @description Whether a redrive may come to something else */
          retryable: boolean;
        };
        /** @description Per endpoint, without gaps, in the order of dispatch; the same in every attempt */
        sequence: number;
      };
    };
    InvitationAcceptedEvent: {
      /** @constant */
      type: 'invitation.accepted';
      /**
       * Format: date-time
       * @description When it happened
       */
      timestamp: string;
      data: {
        /** Format: uuid */
        invitation_id: string;
        /** Format: uuid */
        job_id: string;
        /** Format: uuid */
        user_id: string;
        /** Format: idn-email */
        email: string;
        /** @description How many of its invites */
        accepted: number;
        /** @description Per endpoint, without gaps, in the order of dispatch; the same in every attempt */
        sequence: number;
      };
    };
    EndpointDisabledEvent: {
      /** @constant */
      type: 'endpoint.disabled';
      /**
       * Format: date-time
       * @description When it happened
       */
      timestamp: string;
      data: {
        /** Format: uuid */
        endpoint_id: string;
        /** Format: uri */
        url: string;
        reason: string;
        /** Format: date-time */
        disabled_at: string;
        /** @description Per endpoint, without gaps, in the order of dispatch; the same in every attempt */
        sequence: number;
      };
    };
    EndpointTestEvent: {
      /** @constant */
      type: 'endpoint.test';
      /**
       * Format: date-time
       * @description When it happened
       */
      timestamp: string;
      data: {
        /** Format: uuid */
        endpoint_id: string;
        /** @description Per endpoint, without gaps, in the order of dispatch; the same in every attempt */
        sequence: number;
      };
    };
    Problem: {
      /** @constant */
      type: 'about:blank';
      title: string;
      /** @description The same as the status of the answer */
      status: number;
      /**
       * @description Stable: switch on it
       * @enum {string}
       */
      code:
        | 'invalid_request'
        | 'invalid_json'
        | 'unauthorized'
        | 'forbidden'
        | 'not_found'
        | 'request_timeout'
        | 'external_id_in_use'
        | 'state_conflict'
        | 'billing_not_configured'
        | 'gone'
        | 'too_large'
        | 'unsupported_media_type'
        | 'idempotency_key_reused'
        | 'rate_limited'
        | 'headers_too_large'
        | 'internal_error'
        | 'upstream_failed'
        | 'unavailable';
      /** @description For a person to read */
      detail: string;
      request_id: string;
      /** @description Every place that is wrong */
      errors?: {
        /** @description A JSON pointer into the body, as in `#/website_ids/0` */
        pointer: string;
        /** @constant */
        code: 'invalid';
        message: string;
      }[];
    };
    JobPreview: {
      /** @constant */
      validate_only: true;
      counts: {
        total: number;
        succeeded: number;
        failed: number;
      };
      targets: components['schemas']['Target'][];
    };
    /** @description One target of a job, and what came of it */
    Target: {
      /** @description In the request, from 0 */
      position: number;
      /** Format: uuid */
      website_id?: string;
      /** Format: uuid */
      group_id?: string;
      /** Format: uuid */
      organization_id?: string;
      /**
       * Format: idn-email
       * @description Whom a bulk invite is for
       */
      email?: string;
      /**
       * @description A passing failure is `retrying`, never `failed`
       * @enum {string}
       */
      status: 'pending' | 'retrying' | 'succeeded' | 'failed' | 'canceled';
      /** @description Why; null while nothing was tried */
      code:
        | (
            | 'added'
            | 'invited'
            | 'already_member'
            | 'already_invited'
            | 'not_found'
            | 'provisioned'
            | 'already_provisioned'
            | 'synced'
            | 'billing_not_configured'
            | 'upstream_rejected'
            | 'upstream_unavailable'
            | 'external_id_in_use'
            | 'superseded'
            | 'internal_error'
            | 'canceled'
          )
        | null;
      /** @description For a person to read */
      message: string | null;
      attempts: number;
      /** @description Whether a redrive may come to something else */
      retryable: boolean;
      updated_at: string | null;
    };
    JobReceipt: {
      job: components['schemas']['Job'];
      /** @description Of `callback_url`; shown once */
      callback_secret?: string;
    };
    /** @description One recipient of a job */
    Invitation: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      job_id: string;
      /** Format: idn-email */
      email: string;
      /**
       * @description Pending while anything of it can be accepted
       * @enum {string}
       */
      state: 'pending' | 'accepted' | 'revoked' | 'expired';
      /** @description How many of its invites stand how */
      targets: {
        total: number;
        pending: number;
        accepted: number;
        revoked: number;
        expired: number;
      };
      /** Format: date-time */
      created_at: string;
      /**
       * Format: date-time
       * @description When the last of what the state speaks of expires, or did
       */
      expires_at: string;
      /** @description When something of it was first accepted */
      accepted_at: string | null;
      /** @description Of the newest email; null: none was decided on */
      email_state: ('pending' | 'sent' | 'unknown' | 'failed') | null;
    };
    WebhookEndpointWithSecret: {
      /** Format: uuid */
      id: string;
      /** Format: uri */
      url: string;
      event_types: (
        | 'job.completed'
        | 'job.canceled'
        | 'job.target_failed'
        | 'invitation.accepted'
        | 'endpoint.disabled'
      )[];
      in_order: boolean;
      enabled: boolean;
      disabled_reason: string | null;
      /** @description The first failure since the last success */
      failing_since: string | null;
      /** @description How many deliveries were dispatched to it; the next has the next sequence */
      last_sequence: number;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
      secret: string;
    };
    WebhookEndpoint: {
      /** Format: uuid */
      id: string;
      /** Format: uri */
      url: string;
      event_types: (
        | 'job.completed'
        | 'job.canceled'
        | 'job.target_failed'
        | 'invitation.accepted'
        | 'endpoint.disabled'
      )[];
      in_order: boolean;
      enabled: boolean;
      disabled_reason: string | null;
      /** @description The first failure since the last success */
      failing_since: string | null;
      /** @description How many deliveries were dispatched to it; the next has the next sequence */
      last_sequence: number;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
    };
    /** @description The sending of one event to one endpoint */
    Delivery: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      endpoint_id: string;
      /**
       * Format: uuid
       * @description The `webhook-id` of every attempt
       */
      event_id: string;
      /** @enum {string} */
      event_type:
        | 'job.completed'
        | 'job.canceled'
        | 'job.target_failed'
        | 'invitation.accepted'
        | 'endpoint.disabled'
        | 'endpoint.test';
      job_id: string | null;
      /** @enum {string} */
      state: 'pending' | 'retrying' | 'delivered' | 'exhausted' | 'disabled';
      /** @description Per endpoint, without gaps, in the order of dispatch; null until it is first dispatched */
      sequence: number | null;
      /** @description Over all replays */
      attempts: number;
      last_code: string | null;
      /** @description When the next attempt is due; null when there is none */
      next_attempt_at: string | null;
      /** Format: date-time */
      created_at: string;
      ended_at: string | null;
    };
    DeliveryDetails: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      endpoint_id: string;
      /**
       * Format: uuid
       * @description The `webhook-id` of every attempt
       */
      event_id: string;
      /** @enum {string} */
      event_type:
        | 'job.completed'
        | 'job.canceled'
        | 'job.target_failed'
        | 'invitation.accepted'
        | 'endpoint.disabled'
        | 'endpoint.test';
      job_id: string | null;
      /** @enum {string} */
      state: 'pending' | 'retrying' | 'delivered' | 'exhausted' | 'disabled';
      /** @description Per endpoint, without gaps, in the order of dispatch; null until it is first dispatched */
      sequence: number | null;
      /** @description Over all replays */
      attempts: number;
      last_code: string | null;
      /** @description When the next attempt is due; null when there is none */
      next_attempt_at: string | null;
      /** Format: date-time */
      created_at: string;
      ended_at: string | null;
      /** Format: uri */
      url: string;
      /** @description Exactly what is posted; null until its sequence is given */
      body: string | null;
      log: components['schemas']['DeliveryAttempt'][];
    };
    DeliveryAttempt: {
      number: number;
      /** Format: date-time */
      at: string;
      duration_ms: number | null;
      status: number | null;
      code: string;
      message: string | null;
      /** @description The first 1 KB of the answer's body */
      response: string | null;
    };
    /** @description What was done to one resource */
    AuditEntry: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      at: string;
      /** @description Null: done without a key, from the command line, by an accept link or by Usher itself */
      api_key_id: string | null;
      /** @enum {string} */
      action:
        | 'organization.create'
        | 'api_key.create'
        | 'api_key.revoke'
        | 'website.create'
        | 'group.create'
        | 'group.update'
        | 'group.delete'
        | 'attribute_definition.create'
        | 'attribute_definition.delete'
        | 'credits.set'
        | 'billing_entity.adopt'
        | 'billing_entity.claim'
        | 'billing_entity.forget'
        | 'billing_entity.rename'
        | 'member.add'
        | 'member.remove'
        | 'invite.revoke'
        | 'invitation.accept'
        | 'invitation.revoke'
        | 'invitation.resend'
        | 'job.submit'
        | 'job.cancel'
        | 'job.pause'
        | 'job.resume'
        | 'job.redrive'
        | 'webhook_endpoint.create'
        | 'webhook_endpoint.update'
        | 'webhook_endpoint.delete'
        | 'webhook_endpoint.enable'
        | 'webhook_endpoint.disable'
        | 'webhook_endpoint.rotate'
        | 'webhook_endpoint.test'
        | 'webhook_endpoint.recover'
        | 'webhook_endpoint.replay'
        | 'delivery.replay'
        | 'event.replay';
      resource: {
        /** @enum {string} */
        type:
          | 'organization'
          | 'api_key'
          | 'website'
          | 'group'
          | 'attribute_definition'
          | 'credits'
          | 'billing_entity'
          | 'member'
          | 'invite'
          | 'invitation'
          | 'job'
          | 'webhook_endpoint'
          | 'delivery'
          | 'event';
        /** Format: uuid */
        id: string;
      };
      /** @description What was true until then and is no more; null: there was nothing */
      before: {
        [key: string]: unknown;
      } | null;
      /** @description What is true since then and was not before; null: there is nothing any more */
      after: {
        [key: string]: unknown;
      } | null;
      request_id: string | null;
    };
    /** @description Data of `progress` */
    ProgressEvent: {
      job: components['schemas']['Job'];
    };
    /** @description Data of `target` */
    TargetEvent: {
      round: number;
      /** @description In the request, from 0 */
      position: number;
      /** Format: uuid */
      website_id?: string;
      /** Format: uuid */
      group_id?: string;
      /** Format: uuid */
      organization_id?: string;
      /**
       * Format: idn-email
       * @description Whom a bulk invite is for
       */
      email?: string;
      /**
       * @description A passing failure is `retrying`, never `failed`
       * @enum {string}
       */
      status: 'pending' | 'retrying' | 'succeeded' | 'failed' | 'canceled';
      /** @description Why; null while nothing was tried */
      code:
        | (
            | 'added'
            | 'invited'
            | 'already_member'
            | 'already_invited'
            | 'not_found'
            | 'provisioned'
            | 'already_provisioned'
            | 'synced'
            | 'billing_not_configured'
            | 'upstream_rejected'
            | 'upstream_unavailable'
            | 'external_id_in_use'
            | 'superseded'
            | 'internal_error'
            | 'canceled'
          )
        | null;
      /** @description For a person to read */
      message: string | null;
      attempts: number;
      /** @description Whether a redrive may come to something else */
      retryable: boolean;
      updated_at: string | null;
    };
    /** @description Data of `finished` */
    FinishedEvent: {
      job: components['schemas']['Job'];
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type RevokeInviteAnswer = components['schemas']['RevokeInviteAnswer'];
export type ListGroupsQuery = components['schemas']['ListGroupsQuery'];
export type ListGroupsAnswer = components['schemas']['ListGroupsAnswer'];
export type CreateGroupAnswer = components['schemas']['CreateGroupAnswer'];
export type GetGroupAnswer = components['schemas']['GetGroupAnswer'];
export type UpdateGroupAnswer = components['schemas']['UpdateGroupAnswer'];
export type ListWebsitesAnswer = components['schemas']['ListWebsitesAnswer'];
export type CreateWebsiteAnswer = components['schemas']['CreateWebsiteAnswer'];
export type ListMembersAnswer = components['schemas']['ListMembersAnswer'];
export type RemoveMemberAnswer = components['schemas']['RemoveMemberAnswer'];
export type GetGroupCreditsQuery = components['schemas']['GetGroupCreditsQuery'];
export type GetGroupCreditsAnswer = components['schemas']['GetGroupCreditsAnswer'];
export type SetGroupCreditsAnswer = components['schemas']['SetGroupCreditsAnswer'];
export type BulkInvite = components['schemas']['BulkInvite'];
export type Invite = components['schemas']['Invite'];
export type CreateGroup = components['schemas']['CreateGroup'];
export type ChangeGroup = components['schemas']['ChangeGroup'];
export type CreateWebsite = components['schemas']['CreateWebsite'];
export type SetCredits = components['schemas']['SetCredits'];
export type AthenaError = components['schemas']['AthenaError'];
export type BulkInviteAnswer = components['schemas']['BulkInviteAnswer'];
export type BulkInviteResult = components['schemas']['BulkInviteResult'];
export type Job = components['schemas']['Job'];
export type InviteResult = components['schemas']['InviteResult'];
export type Group = components['schemas']['Group'];
export type NewGroup = components['schemas']['NewGroup'];
export type Website = components['schemas']['Website'];
export type Member = components['schemas']['Member'];
export type Credits = components['schemas']['Credits'];
export type ListJobsQuery = components['schemas']['ListJobsQuery'];
export type ListJobsAnswer = components['schemas']['ListJobsAnswer'];
export type GetJobQuery = components['schemas']['GetJobQuery'];
export type GetJobAnswer = components['schemas']['GetJobAnswer'];
export type ListTargetsQuery = components['schemas']['ListTargetsQuery'];
export type ListTargetsAnswer = components['schemas']['ListTargetsAnswer'];
export type CancelJobAnswer = components['schemas']['CancelJobAnswer'];
export type PauseJobAnswer = components['schemas']['PauseJobAnswer'];
export type ResumeJobAnswer = components['schemas']['ResumeJobAnswer'];
export type RedriveJobAnswer = components['schemas']['RedriveJobAnswer'];
export type AcceptInvitationAnswer = components['schemas']['AcceptInvitationAnswer'];
export type ListInvitationsQuery = components['schemas']['ListInvitationsQuery'];
export type ListInvitationsAnswer = components['schemas']['ListInvitationsAnswer'];
export type ListWebhookEndpointsQuery = components['schemas']['ListWebhookEndpointsQuery'];
export type ListWebhookEndpointsAnswer = components['schemas']['ListWebhookEndpointsAnswer'];
export type CreateWebhookEndpointAnswer = components['schemas']['CreateWebhookEndpointAnswer'];
export type RotateWebhookSecretAnswer = components['schemas']['RotateWebhookSecretAnswer'];
export type RecoverWebhookEndpointAnswer = components['schemas']['RecoverWebhookEndpointAnswer'];
export type ListDeliveriesQuery = components['schemas']['ListDeliveriesQuery'];
export type ListDeliveriesAnswer = components['schemas']['ListDeliveriesAnswer'];
export type ReplayDeliveriesAnswer = components['schemas']['ReplayDeliveriesAnswer'];
export type ListAuditLogQuery = components['schemas']['ListAuditLogQuery'];
export type ListAuditLogAnswer = components['schemas']['ListAuditLogAnswer'];
export type JobBody = components['schemas']['JobBody'];
export type BulkInviteJob = components['schemas']['BulkInviteJob'];
export type BillingProvisioningJob = components['schemas']['BillingProvisioningJob'];
export type Redrive = components['schemas']['Redrive'];
export type AcceptInvitation = components['schemas']['AcceptInvitation'];
export type CreateWebhookEndpoint = components['schemas']['CreateWebhookEndpoint'];
export type ChangeWebhookEndpoint = components['schemas']['ChangeWebhookEndpoint'];
export type RecoverWebhookEndpoint = components['schemas']['RecoverWebhookEndpoint'];
export type ReplayDeliveries = components['schemas']['ReplayDeliveries'];
export type JobCompletedEvent = components['schemas']['JobCompletedEvent'];
export type JobCanceledEvent = components['schemas']['JobCanceledEvent'];
export type JobTargetFailedEvent = components['schemas']['JobTargetFailedEvent'];
export type InvitationAcceptedEvent = components['schemas']['InvitationAcceptedEvent'];
export type EndpointDisabledEvent = components['schemas']['EndpointDisabledEvent'];
export type EndpointTestEvent = components['schemas']['EndpointTestEvent'];
export type Problem = components['schemas']['Problem'];
export type JobPreview = components['schemas']['JobPreview'];
export type Target = components['schemas']['Target'];
export type JobReceipt = components['schemas']['JobReceipt'];
export type Invitation = components['schemas']['Invitation'];
export type WebhookEndpointWithSecret = components['schemas']['WebhookEndpointWithSecret'];
export type WebhookEndpoint = components['schemas']['WebhookEndpoint'];
export type Delivery = components['schemas']['Delivery'];
export type DeliveryDetails = components['schemas']['DeliveryDetails'];
export type DeliveryAttempt = components['schemas']['DeliveryAttempt'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type ProgressEvent = components['schemas']['ProgressEvent'];
export type TargetEvent = components['schemas']['TargetEvent'];
export type FinishedEvent = components['schemas']['FinishedEvent'];
