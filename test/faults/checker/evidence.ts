// What the checker is given beside the database. Plain data, so that it can be kept and read again.

/** An email that the mail server accepted. */
export interface AcceptedMail {
  /** Milliseconds since 1970, at the moment of acceptance. */
  at: number;
  to: string;
  /** With its angle brackets. */
  messageId: string;
  text: string;
}

/** A request for a job as a client means it: asked once or many times, it is one. */
export interface Asked {
  /** Stored with the job as the recipient's first name. */
  tag: string;
  orgId: string;
  route: string;
  key: string | null;
  method: 'direct' | 'email';
  email: string;
  of: 'website' | 'group';
  /** As sent. */
  targetIds: string[];
}

/** One answer that a client got. */
export interface Answer {
  at: number;
  /** Whose request it answers; null for readings and acceptances. */
  tag: string | null;
  /** `POST /api/v1/jobs` and the like, without the key. */
  what: string;
  /** Sent with the key of that request and another body. */
  otherBody?: boolean;
  status: number;
  body: unknown;
}

export interface Evidence {
  /** Straight to Postgres, as the tables' owner. */
  databaseUrl: string;
  asked: Asked[];
  answers: Answer[];
  mails: AcceptedMail[];
  /** Every line that a process wrote. */
  lines: Array<{ process: string; line: string }>;
  /** What the queue held, at several moments. */
  queueTexts: string[];
  secrets: Array<{ name: string; value: string }>;
  /** Milliseconds since 1970: when the last fault was over and every process up. */
  healedAt: number;
  /** By how much times are stretched, because the machine has more to do than it can; at least 1. */
  stretch: number;
  /** Whether everything was over in time. */
  settled: boolean;
  /** Targets that kill whoever runs them. */
  poison: string[];
  /** Addresses that the mail server refused for good. */
  refused: string[];
  ambiguity: 'resend' | 'hold';
  /** Violations that were seen while it ran. */
  seen: Violation[];
  /** The witness' log, put here by the checker. */
  log?: unknown[];
}

export interface Violation {
  /** I1 to I11, as the design numbers them. */
  invariant: string;
  what: string;
}
