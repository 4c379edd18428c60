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
  /** Stored with the job as its request's id. */
  tag: string;
  orgId: string;
  route: string;
  key: string | null;
  /** As sent. */
  targetIds: string[];
  /** Exactly one of these two. */
  invite?: { method: 'direct' | 'email'; email: string; of: 'website' | 'group' };
  /**
   * `name`: a PATCH of the one target, which gives it this name, that nobody else gives; `report`: the
   * address that is told of the end.
   */
  billing?: { name: string | null; report: string | null };
  /** The `callback_url` of its job. */
  callback?: string;
}

/** One time that a request was sent. */
export interface Try {
  tag: string;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** Null: nobody knows what became of it. */
  status: number | null;
}

/** Something asked of a job or an invitation: under its key, or by its nature, it is one however often. */
export interface Steered {
  verb: 'cancel' | 'pause' | 'resume' | 'redrive' | 'resend' | 'revoke';
  /** Of the job, or of the invitation. */
  id: string;
  /** Of a redrive; null: every target that failed. */
  codes: string[] | null;
  /** Of a redrive. */
  resendEmail: boolean;
  tries: Array<Omit<Try, 'tag'>>;
  /** How its job was told in the answers 200 to it. */
  told: Array<{ round: number; finished: boolean }>;
}

/** What the billing provider tells of itself. */
export interface UpstreamEvidence {
  /** How many calls at once it was promised. */
  concurrency: number;
  /** Groups that it refuses for good. */
  unbillable: string[];
  /** In the order of arrival. */
  calls: Array<{
    at: number;
    operation: string;
    groupId: string | null;
    key: string | null;
    fault: string | null;
    status: number | null;
    replayed: boolean;
    /** How many were open while it came, itself included. */
    inFlight: number;
  }>;
  entities: Array<{ id: string; groupId: string | null; orgId: string | null; createdAt: number }>;
}

/** A webhook endpoint, as the answer to its registration told it, before the load began. */
export interface RegisteredEndpoint {
  id: string;
  orgId: string;
  url: string;
  secret: string;
  eventTypes: string[];
  inOrder: boolean;
}

/** A POST that reached a receiver whole. */
export interface ReceivedWebhook {
  /** Milliseconds since 1970, when its body was whole. */
  at: number;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** What it was answered; null: nothing whole. */
  answered: number | null;
}

export interface WebhookEvidence {
  endpoints: RegisteredEndpoint[];
  /** In the order of arrival. */
  received: ReceivedWebhook[];
  /** How many attempts a delivery has. */
  attempts: number;
  /** Addresses that fail for good. */
  dead: string[];
  /** Whom an organization wants told of its endpoints, by its id. */
  contacts: Record<string, string>;
}

/** A process that was suspended: what it had begun stays open, and nobody can close it. */
export interface Standstill {
  process: string;
  from: number;
  /** Null: until it ended. */
  to: number | null;
}

/** One answer that a client got. */
export interface Answer {
  at: number;
  /** Whose request it answers; null for readings and acceptances. */
  tag: string | null;
  /** The address whose email led there. */
  to?: string;
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
  tries: Try[];
  steered: Steered[];
  mails: AcceptedMail[];
  upstream: UpstreamEvidence;
  webhooks: WebhookEvidence;
  standstills: Standstill[];
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
