import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, JobRow, OutcomeRow } from './read-facts.ts';

/** The design's number for billing; and for leases that die over one target. */
const ATTEMPTS = 12;
const DEATHS = 3;

/** I2: each group of each billing job ended as it deserves. */
export function checkProvisionings(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  const deadly = new Set(
    facts.taskChanges
      .filter(({ after }) => (after?.deaths ?? 0) >= DEATHS)
      .flatMap(
        ({ after }) => after?.positions.map((position) => `${after.job_id} ${position}`) ?? [],
      ),
  );
  for (const outcome of facts.outcomes) {
    const job = jobs.get(outcome.job_id);
    if (!job?.billing) continue;
    const died = deadly.has(`${job.id} ${outcome.position}`);
    const allowed = [
      ...allowedOf(evidence, facts, job, outcome),
      ...(died ? [INTERNAL] : []),
      CANCELED,
    ];
    const got = `${outcome.status} ${outcome.code}`;
    if (!allowed.includes(got)) {
      const what = `group ${outcome.target_id} of job ${job.id} ended ${got}`;
      report('I2', `${what} (${outcome.message}) after ${outcome.attempts} attempts`);
    }
  }
}

/** Who asked for that is another check's. */
const CANCELED = 'canceled canceled';
const INTERNAL = 'failed internal_error';
const UNAVAILABLE = 'failed upstream_unavailable';

function allowedOf(
  { upstream }: Evidence,
  { targets }: Facts,
  job: JobRow,
  { target_id, attempts }: OutcomeRow,
): string[] {
  const target = targets.get(target_id);
  const fenced = job.fenced ? [UNAVAILABLE] : [];
  if (target?.org_id !== job.org_id || target.of !== 'group')
    return ['failed not_found', ...fenced];
  const exhausted = attempts >= ATTEMPTS ? [UNAVAILABLE] : [];
  const ended = upstream.unbillable.includes(target_id)
    ? ['failed upstream_rejected']
    : ['succeeded provisioned', 'succeeded already_provisioned'];
  return [...ended, ...fenced, ...exhausted];
}
