import type { Answer, Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, JobRow, OutcomeRow } from './read-facts.ts';
import { countsOf, latestOf, roundsOf } from './rounds.ts';

interface Counts {
  total: number;
  pending: number;
  retrying: number;
  succeeded: number;
  failed: number;
  canceled: number;
}

/** I6: what is counted is what happened: in the tables, and in every answer that told of the end. */
export function checkTotals(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const byJob = Map.groupBy(facts.outcomes, ({ job_id }) => job_id);
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  for (const job of facts.jobs) {
    const counted = Object.values(countsOf(byJob.get(job.id) ?? []));
    const { succeeded, failed, canceled, total } = job;
    if (job.finished && [succeeded, failed, canceled].join() !== counted.join()) {
      report(
        'I6',
        `job ${job.id} counts ${[succeeded, failed, canceled].join()} of ${total}, not ${counted.join()}`,
      );
    }
  }
  for (const { id, job_id, remaining } of facts.invitations) {
    if (remaining > 0 && jobs.get(job_id)?.finished) {
      report('I6', `invitation ${id} waits for ${remaining} more outcomes of a finished job`);
    }
  }
  for (const answer of evidence.answers) {
    if (answer.status !== 200) continue;
    const { job, job_id, results } = answer.body as {
      job?: { id: string; round: number; finished_at: string | null; counts: Counts };
      job_id?: string;
      results?: Result[];
    };
    const outcomes = byJob.get(job?.id ?? job_id ?? '') ?? [];
    if (job?.finished_at) checkResource(job, outcomes, report);
    if (results) checkResults(answer, jobs.get(job_id ?? ''), outcomes, results, report);
  }
}

function checkResource(
  { id, round, counts }: { id: string; round: number; counts: Counts },
  outcomes: readonly OutcomeRow[],
  report: Findings['report'],
): void {
  const { succeeded, failed, canceled } = countsOf(outcomes, round);
  const due = { total: latestOf(outcomes, 1).length, succeeded, failed, canceled };
  const told = [counts.total, counts.succeeded, counts.failed, counts.canceled];
  if (told.join() !== Object.values(due).join() || counts.pending + counts.retrying > 0) {
    report('I6', `job ${id} was told as ${JSON.stringify(counts)}, not ${JSON.stringify(due)}`);
  }
}

interface Result {
  website_id?: string;
  group_id?: string;
  success: boolean;
  message?: string;
  error?: string;
  user_id?: string;
  invite_id?: string;
}

function checkResults(
  { tag }: Answer,
  job: JobRow | undefined,
  outcomes: readonly OutcomeRow[],
  results: readonly Result[],
  report: Findings['report'],
): void {
  const told = results.map((each) =>
    [
      each.website_id ?? each.group_id,
      each.success,
      each.success ? each.message : each.error,
      each.user_id ?? each.invite_id,
    ].join(' | '),
  );
  const recordedBy = (round: number) =>
    latestOf(outcomes, round).map(({ target_id, status, message, detail }) =>
      [target_id, status === 'succeeded', message, detail?.user_id ?? detail?.invite_id].join(
        ' | ',
      ),
    );
  // Answered at the end of whichever round: of one.
  const rounds = job ? roundsOf(job) : [];
  if (!rounds.some((round) => told.join('\n') === recordedBy(round).join('\n'))) {
    report('I6', `the answer to ${tag} is not what job ${job?.id} came to`);
  }
}
