import type { Task } from '@usher/db';
import type { Verdict } from '@usher/jobs';
import { nextDelivery } from './schedule.ts';
import type { WebhookResult } from './sender.ts';

export interface Schedule {
  /** Between one attempt and the next, in milliseconds; one attempt more than there are of these. */
  pausesMs: readonly number[];
}

/** The endpoint takes nothing any more: disabled, or gone. */
export const DISABLED: Verdict = {
  kind: 'giveUp',
  code: 'disabled',
  message: 'The endpoint is disabled',
  ambiguous: false,
};

/** What an attempt means for its delivery. `inOrder`: whatever follows waits for it. */
export function verdictOn(
  result: WebhookResult,
  task: Task,
  schedule: Schedule,
  { url, inOrder }: { url: string; inOrder: boolean },
): Verdict {
  const detail = { ...detailOf(result), url, ...(inOrder && { in_order: 'true' }) };
  if (result.code === 'delivered') return { kind: 'done', note: result.code, detail };
  const failure = {
    code: result.code,
    message: result.message ?? result.code,
    ambiguous: result.status === null,
    detail,
  };
  // Its one wish; and no sign that anything is wrong with the endpoint's server.
  if (result.code === 'gone') return { kind: 'giveUp', ...failure };
  const later = again(task, schedule, inOrder, result);
  const unserved =
    result.code === 'interrupted' ? {} : { unserved: unservedBy(schedule, closedBy(result, task)) };
  return later
    ? { ...unserved, ...later, ...failure }
    : { kind: 'giveUp', ...unserved, ...failure };
}

/** An attempt whose end nobody saw, three times over: its process ended, and not through it. */
export function verdictOnDeaths(task: Task, schedule: Schedule, inOrder: boolean): Verdict {
  const code = 'interrupted';
  const message = 'The worker stopped during this attempt, three times in a row';
  const failure = { code, message, ambiguous: true };
  const later = again(task, schedule, inOrder);
  return later ? { ...later, ...failure } : { kind: 'giveUp', ...failure };
}

/** It cannot even be signed: our own fault, which whoever operates us must mend. */
export function verdictOnFailure(
  error: unknown,
  task: Task,
  schedule: Schedule,
  inOrder: boolean,
): Verdict {
  const message = error instanceof Error ? error.message : String(error);
  const failure = { code: 'internal_error', message, ambiguous: false };
  const later = again(task, schedule, inOrder);
  return later ? { ...later, ...failure } : { kind: 'giveUp', ...failure };
}

/** Only who says that it is too much, or that it cannot serve, speaks for a whole endpoint. */
function closedBy({ status, retryAfterMs }: WebhookResult, { gate }: Task) {
  const speaksForAll = (status === 429 || status === 503) && !gate?.startsWith('callback:');
  return speaksForAll ? { retryAfterMs } : {};
}

/** In order, the gate itself waits with the one that failed, whatever it failed of. */
function again(
  task: Task,
  schedule: Schedule,
  inOrder: boolean,
  { retryAfterMs = 0 }: { retryAfterMs?: number } = {},
) {
  const pause = nextDelivery(task.attempts, schedule.pausesMs);
  if (pause === undefined) return undefined;
  const delayMs = Math.max(pause, retryAfterMs);
  const later = { kind: 'retryAt', delayMs } as const;
  if (!inOrder) return later;
  return { ...later, keepsPlace: true, unserved: unservedBy(schedule, { retryAfterMs: delayMs }) };
}

/** A closed endpoint is tried again as soon as a single delivery would be. */
const unservedBy = (
  { pausesMs }: Schedule,
  { retryAfterMs }: { retryAfterMs?: number | undefined },
) => ({
  retryAfterMs,
  closeMs: pausesMs[0],
});

/** For the log of attempts, as texts: what `record` writes down. */
const detailOf = ({ durationMs, status, message, response }: WebhookResult) => ({
  duration_ms: String(Math.round(durationMs)),
  ...(status !== null && { status: String(status) }),
  ...(message !== null && { message }),
  ...(response !== null && { response }),
});
