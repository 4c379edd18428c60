import type { FailpointName } from '@usher/jobs';
import type { Fault as UpstreamFault } from '../../support/fake-billing/fault.ts';

export type BackendName = 'redis' | 'postgres';

export const APIS = ['api-1', 'api-2'] as const;
export const WORKERS = ['worker-1', 'worker-2', 'worker-3'] as const;
export type ProcessName = (typeof APIS)[number] | (typeof WORKERS)[number];

/** `w3`: the organization's fourth website; `g0`: its first group; `foreign`; or a uuid of nobody's. */
export type TargetRef = string;

/** One thing that a client wants done; it may be asked for more than once. */
interface PlannedErrand {
  /** Travels as the request's id, by which the job is known again. */
  tag: string;
  /** Milliseconds after the load began. */
  at: number;
  organization: 0 | 1;
  prefer?: string;
  /** None: asked once, whatever comes of it. */
  key?: string;
  /** How many ask at once, over both APIs. */
  copies: number;
  /** Asked again, with the same key, once there was an answer. */
  again: boolean;
  /** Asked with the same key and another body, once there was an answer. */
  otherBody: boolean;
}

/** A bulk invite. */
export interface PlannedRequest extends PlannedErrand {
  surface: 'athena' | 'native';
  method: 'direct' | 'email';
  email: string;
  of: 'website' | 'group';
  /** As sent: repeated ones and unknown ones included. */
  targets: TargetRef[];
}

/** A job that gives groups their billing entities. */
export interface PlannedProvisioning extends PlannedErrand {
  /** Groups, as sent. */
  targets: TargetRef[];
  /** Whether an email tells of its end. */
  report: boolean;
}

/** A PATCH of one group: billing enabled, and a name that nobody else gives. */
export interface PlannedChange extends PlannedErrand {
  target: TargetRef;
  /** Its client takes a 502 for an answer, and does not ask again. */
  final: boolean;
}

/** Something that is done to a job, or to the invitation found in it. */
export interface PlannedAct {
  verb: 'cancel' | 'pause' | 'resume' | 'redrive' | 'resend' | 'revoke';
  /** Of a redrive; none: every target that failed. */
  codes?: string[];
  /** Of a redrive. */
  resendEmail?: boolean;
  /** Asked by two at once with the same key, where there is one. */
  twice: boolean;
}

export interface PlannedStep {
  /** Once the job has ended; it is resumed if it is paused. */
  ended: boolean;
  /** Milliseconds after that, or after the step before. */
  afterMs: number;
  /** All at once. */
  acts: PlannedAct[];
}

/** What becomes of one job once its client knows it, step by step; at the end it goes on by itself. */
export interface PlannedSteering {
  /** Of the request that makes it. */
  tag: string;
  steps: PlannedStep[];
}

/** All of the store; the messages and what marks the store; or the messages alone, which nobody notices. */
export type WipeHow = 'everything' | 'messages' | 'silently';

/** At a COMMIT; or at any other statement, most of which commit by themselves. */
export type TrapPlace = 'commit' | 'statement';
export type CommitSide = 'before' | 'after';

export type Fault = { /** Milliseconds after the load began. */ at: number } & (
  | { kind: 'signal'; process: ProcessName; signal: 'SIGKILL' | 'SIGTERM' }
  | { kind: 'pause'; process: ProcessName; ms: number }
  | {
      kind: 'trap';
      process: ProcessName;
      place: TrapPlace;
      side: CommitSide;
      act: 'cut' | 'kill';
      /** How many pass unharmed first. */
      skip: number;
    }
  | { kind: 'cut-all'; process: ProcessName }
  | { kind: 'postgres-crash'; downMs: number }
  | { kind: 'queue-wipe'; how: WipeHow }
  | { kind: 'queue-restart'; downMs: number }
  | { kind: 'queue-pause'; ms: number }
  | { kind: 'queue-full'; ms: number }
  | { kind: 'upstream-burst'; fault: UpstreamFault; calls: number }
);

/** What the billing provider is like. */
export interface PlannedUpstream {
  /** `BILLING_CONCURRENCY`. */
  concurrency: number;
  /** How likely a call meets each fault, until all is healed. */
  chances: Partial<Record<UpstreamFault, number>>;
  slowMs: number;
  /** What a 429 names. */
  retryAfterSeconds: number;
  /** Groups of the first organization that it refuses for good (402). */
  unbillable: TargetRef[];
}

/** What one webhook may meet at its receiver. */
export type WebhookFault =
  | '500'
  | '503'
  /** With `Retry-After: 1`. */
  | '429'
  /** The connection is cut before anything was read. */
  | 'cut-before'
  /** Cut once all was read. */
  | 'cut-after'
  /** Read, and never answered. */
  | 'hang'
  /** 204, after a while. */
  | 'slow'
  /** 200 at once, and a body without an end. */
  | 'drip'
  /** Headers without an end. */
  | 'drip-headers'
  /** 302 to where nobody may go. */
  | 'redirect';

/** How an address takes webhooks. */
export interface PlannedReceiver {
  /** Until all is healed, the chances of faults, times this: 0 is one without any. */
  badness: number;
  /** Until all is healed, it answers 503. */
  down?: boolean;
  /** From its n-th webhook on (from 1) it answers 410, for good. */
  goneFrom?: number;
  /** It answers 500, for good. */
  dead?: boolean;
}

/** An endpoint that is registered before the load begins. */
export interface PlannedEndpoint extends PlannedReceiver {
  organization: 0 | 1;
  /** None: what an endpoint gets that names nothing. */
  eventTypes?: string[];
  inOrder: boolean;
}

/** Whom the load's jobs are told to. */
export interface PlannedWebhooks {
  endpoints: PlannedEndpoint[];
  /** The `callback_url`s of single jobs, by the tag of their request. */
  callbacks: Record<string, PlannedReceiver>;
  /** How likely a webhook meets each fault. */
  chances: Partial<Record<WebhookFault, number>>;
}

/** Where a worker ends, or stands still, by itself. */
export interface PlannedFailpoint {
  worker: (typeof WORKERS)[number];
  /** Which start of that worker, from 1. */
  start: number;
  name: FailpointName;
  /** Which passing, from 1. */
  nth: number;
  act: 'kill' | 'freeze';
  ms: number;
}

/** What the mail server does to the n-th email (from 1) that comes to its final dot. */
export interface PlannedMailFault {
  nth: number;
  act: 'defer' | 'hang' | 'hang-accepted' | 'cut-before' | 'cut-after';
}

export interface Plan {
  seed: number;
  backend: BackendName;
  ambiguity: 'resend' | 'hold';
  /** Websites and groups of each organization. */
  websites: [number, number];
  groups: [number, number];
  requests: PlannedRequest[];
  provisionings: PlannedProvisioning[];
  changes: PlannedChange[];
  steering: PlannedSteering[];
  upstream: PlannedUpstream;
  webhooks: PlannedWebhooks;
  /** Addresses whose invitations are accepted as soon as their email is there. */
  accepting: string[];
  /** Addresses that the mail server never takes (550). */
  refused: string[];
  /** Targets that kill whatever worker runs them: positions in the first organization's websites. */
  poison: number[];
  faults: Fault[];
  failpoints: PlannedFailpoint[];
  mailFaults: PlannedMailFault[];
}
