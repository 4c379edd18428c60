/** What an invitation's email says. */
export interface InvitationContent {
  template: 'invitation';
  organization: string;
  firstName?: string;
  items: Array<{ kind: 'website' | 'group'; name: string; role: 'admin' | 'viewer' }>;
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

export type EmailContent = InvitationContent | BillingReportContent;

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
  | { kind: 'unanswered'; message: string };

/** What sending an email needs of whoever can. */
export interface Mailer {
  send(
    email: { to: string; messageId: string; content: EmailContent },
    signal: AbortSignal,
  ): Promise<SendResult>;
}
