import type { Evidence, Steered } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, JobRow, OutcomeRow } from './read-facts.ts';
import { askedOf, latestOf, mayHaveBeen, roundsOf, selectedOf } from './rounds.ts';

type Report = Findings['report'];

/**
 * I2: each round of a job after its first was asked for, by one redrive, and has one outcome for each
 * target that this redrive selects by what they came to before: so no success is ever repeated.
 */
export function checkRounds(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const byJob = Map.groupBy(facts.outcomes, ({ job_id }) => job_id);
  for (const job of facts.jobs) {
    const outcomes = byJob.get(job.id) ?? [];
    const redrives = askedOf(evidence, { verb: 'redrive', id: job.id });
    if (job.round - 1 > redrives.length) {
      report('I2', `job ${job.id} has ${job.round} rounds after ${redrives.length} redrives`);
    }
    checkSuccesses(job, outcomes, report);
    const begun = job.finished ? job.round : job.round - 1;
    for (const round of roundsOf({ round: begun }).slice(1)) {
      const got = positionsIn(outcomes, round);
      const latest = latestOf(outcomes, round - 1);
      if (!redrives.some(({ codes }) => selectedOf(latest, codes).join() === got)) {
        report(
          'I2',
          `round ${round} of job ${job.id} has outcomes of ${got}, which nobody asked for`,
        );
      }
    }
    for (const redrive of redrives) checkTold(job, outcomes, redrive, report);
  }
  const ids = new Set(facts.jobs.map(({ id }) => id));
  for (const { verb, id } of evidence.steered.filter(mayHaveBeen)) {
    if (verb === 'redrive' && !ids.has(id)) report('I1', `job ${id} was redriven, and is gone`);
  }
}

const positionsIn = (outcomes: readonly OutcomeRow[], round: number): string =>
  outcomes
    .filter((outcome) => outcome.round === round)
    .map(({ position }) => position)
    .sort((a, b) => a - b)
    .join();

function checkSuccesses({ id }: JobRow, outcomes: readonly OutcomeRow[], report: Report): void {
  for (const [position, all] of Map.groupBy(outcomes, (outcome) => outcome.position)) {
    const succeeded = all.filter(({ status }) => status === 'succeeded');
    const later = all.some(({ round }) => succeeded.some((success) => success.round < round));
    if (succeeded.length > 1 || later) {
      report('I2', `target ${position} of job ${id} succeeded, and was tried again`);
    }
  }
}

/** A redrive that was answered with a round had something to try in it; one without, had nothing. */
function checkTold(
  { id, round: last }: JobRow,
  outcomes: readonly OutcomeRow[],
  { codes, told }: Steered,
  report: Report,
): void {
  const selected = (round: number) => selectedOf(latestOf(outcomes, round), codes).join();
  for (const { round, finished } of told) {
    if (round > last) report('I1', `round ${round} of job ${id} was told, and there are ${last}`);
    else if (finished && selected(round) !== '') {
      report('I2', `a redrive of job ${id} was answered, and ${selected(round)} was not tried`);
    } else if (!finished && !['', positionsIn(outcomes, round)].includes(selected(round - 1))) {
      report('I2', `round ${round} of job ${id} is not of ${selected(round - 1)}, as was answered`);
    }
  }
}
