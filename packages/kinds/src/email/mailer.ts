/** What an invitation's email says. */
export interface InvitationContent {
  template: 'invitation';
  organization: string;
  firstName?: string;
  /** Of whoever invites, in their own words. */
  text?: string;
  items: Array<{
    kind: 'website' | 'group' | 'organization';
    name: string;
    role: 'admin' | 'viewer';
  }>;
  acceptUrl: string;
  expiresAt: Date;
}

/** What the email at the end of a billing provisioning says. */
export interface BillingReportContent {
  template: 'billing-report';
  organization: string;
  /** Of groups. */
  counts: { total: number; succeeded: number; failed: number; canceled: number };
  /** Groups by name, in the order of the request. */
  failures: Array<{ name: string; reason: string }>;
  /** How many failed beside those in `failures`. */
  moreFailures: number;
  jobUrl: string;
}

/** What the email says that tells of an endpoint that we disabled. */
export interface EndpointDisabledContent {
  template: 'endpoint-disabled';
  organization: string;
  /** Of the endpoint. */
  url: string;
  /** A phrase: "it answered 410 Gone". */
  reason: string;
  disabledAt: Date;
  /** The first failure since its last success. */
  failingSince: Date | null;
  /** Where our API shows it. */
  endpointUrl: string;
}

export type EmailContent = InvitationContent | BillingReportContent | EndpointDisabledContent;

export type SendResult =
  | { kind: 'accepted'; response: string }
  | {
      kind: 'rejected';
      permanent: boolean;
      code: string;
      message: string;
      retryAfterMs?: number;
    }
  /** The server may have accepted it: no answer was read after the content was handed over. */
  | { kind: 'unanswered'; message: string }
  /** All connections were in use until the time was up: the server was not asked. */
  | { kind: 'busy' };

/** What sending an email needs of whoever can. */
export interface Mailer {
  send(
    email: { to: string; messageId: string; content: EmailContent },
    signal: AbortSignal,
  ): Promise<SendResult>;
}
