/** What an invitation's email says. */
export interface InvitationContent {
  template: 'invitation';
  organization: string;
  firstName?: string;
  items: Array<{ kind: 'website' | 'group'; name: string; role: 'admin' | 'viewer' }>;
  acceptUrl: string;
  expiresAt: Date;
}

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
    email: { to: string; messageId: string; content: InvitationContent },
    signal: AbortSignal,
  ): Promise<SendResult>;
}
