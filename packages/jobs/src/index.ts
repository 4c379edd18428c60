export { atMost, type AtMost } from './at-most.ts';
export { createCompanions } from './companions.ts';
export { redriveJob, type Redrive } from './control/redrive-job.ts';
export { cancelJob, pauseJob, resumeJob, type Steering } from './control/steer-job.ts';
export { startDispatcher, type Dispatcher } from './dispatch/dispatcher.ts';
export { inspectDispatch, type DispatchFacts } from './dispatch/inspect-dispatch.ts';
export type { Window } from './dispatch/run-lane.ts';
export {
  DISPATCH_CHANNEL,
  PROGRESS_CHANNEL,
  type Engine,
  type Failpoint,
  type FailpointName,
  type RetryPolicy,
} from './engine.ts';
export { closedFor, ensureGate } from './dispatch/gates.ts';
export { acknowledgeJob, fenceJob, forgetKeys } from './fence-job.ts';
export {
  answerOnce,
  isKeyKnown,
  pruneIdempotencyKeys,
  type IdempotencyClaim,
} from './idempotency.ts';
export type {
  Batch,
  Call,
  DatabaseKind,
  Done,
  JobHead,
  Kind,
  KindOfJob,
  NotYet,
  OutsideJobKind,
  OutsideKind,
  Target,
  TargetResult,
  TaskDraft,
  Verdict,
} from './kind.ts';
export { previewJob, type Preview } from './preview-job.ts';
export { createPreviewTurns } from './preview-turns.ts';
export { followJob, isToldToItsEnd, type News } from './reading/follow-job.ts';
export { createJobWatchers, type JobWatchers } from './reading/job-watchers.ts';
export {
  describeNewJob,
  listJobs,
  requireJob,
  requireJobHead,
  type Viewer,
} from './reading/read-jobs.ts';
export { eachTargets, listTargets, readEnded, type TargetRow } from './reading/read-targets.ts';
export { fromEventId } from './reading/stream-place.ts';
export { createWaiters, type Waiters } from './reading/waiters.ts';
export { insertTasks } from './insert-tasks.ts';
export { readResults, rowsOf, type ResultRows } from './result-rows.ts';
export { backoff } from './retry-policy.ts';
export { runTask } from './run-task.ts';
export { submitJob, type Submission, type Submitted } from './submit-job.ts';
export { createTurnstile, type Turnstile } from './turnstile.ts';
