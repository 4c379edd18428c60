import type { Answer, Asked, Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, JobRow } from './read-facts.ts';

/**
 * I1: every acknowledged job exists, with exactly its targets; one organization, route and key make one
 * job; and nothing exists that nobody asked for.
 */
export function checkJobs(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const jobs = new Map(facts.jobs.map((job) => [job.id, job]));
  const byTag = Map.groupBy(facts.jobs, (job) => job.request_id ?? '');
  const asked = new Map(evidence.asked.map((request) => [request.tag, request]));

  for (const request of evidence.asked) {
    const answers = evidence.answers.filter(({ tag }) => tag === request.tag);
    const acknowledged = new Set(answers.filter((each) => !each.otherBody).flatMap(jobIdOf));
    if (acknowledged.size > 1) {
      report('I1', `${name(request)} was acknowledged as ${[...acknowledged].join(' and ')}`);
    }
    for (const id of acknowledged) {
      const job = jobs.get(id);
      if (job) compare(request, job, report);
      else report('I1', `${name(request)} was acknowledged as ${id}, which does not exist`);
    }
    const made = byTag.get(request.tag) ?? [];
    if (made.length > 1 + countFreed(request, evidence)) {
      report('I1', `${name(request)} made ${made.length} jobs: ${made.map(({ id }) => id).join()}`);
    }
    for (const answer of answers) checkStatus(request, answer, report);
  }
  for (const [tag, made] of byTag) {
    if (!asked.has(tag)) report('I1', `nobody asked for job ${made[0]?.id}`);
  }
}

const name = ({ tag, key, route }: Asked) => `${tag} (${route}, key ${key ?? 'none'})`;

/** The job that this answer speaks of; none for refusals. */
export function jobIdOf({ status, body }: Answer): string[] {
  if (status !== 200 && status !== 202) return [];
  const { job, job_id } = body as { job?: { id: string }; job_id?: string };
  const id = job?.id ?? job_id;
  return id === undefined ? [] : [id];
}

/**
 * How often its key may have been given back: a PATCH that is answered 502 is as if it had not been, also
 * where nobody heard the answer.
 */
const countFreed = ({ tag, billing }: Asked, { tries }: Evidence): number =>
  typeof billing?.name === 'string'
    ? tries.filter((each) => each.tag === tag && (each.status === 502 || each.status === null))
        .length
    : 0;

function compare(request: Asked, job: JobRow, report: Findings['report']): void {
  const expected = [...new Set(request.targetIds.map((id) => id.toLowerCase()))];
  if (job.target_ids.join() !== expected.join()) {
    report('I1', `job ${job.id} of ${name(request)} does not have the targets that were sent`);
  }
  const { invite, billing } = request;
  const same = invite
    ? job.invite?.method === invite.method &&
      job.invite.target === invite.of &&
      job.invite.email === invite.email
    : job.kind === 'billing-provisioning' &&
      (job.billing?.change?.name ?? null) === billing?.name &&
      (job.billing?.notify_email ?? null) === billing.report;
  if (!same || job.org_id !== request.orgId || job.request_id !== request.tag) {
    report('I1', `job ${job.id} is not what ${name(request)} asked for`);
  }
}

/** A valid request is accepted, or answered 5xx; its key with another body is refused. */
function checkStatus(request: Asked, answer: Answer, report: Findings['report']): void {
  const { status, otherBody = false } = answer;
  if (status >= 502 || status === 429) return;
  const allowed = otherBody ? [422] : [200, 202];
  if (!allowed.includes(status)) {
    report('I1', `${name(request)} was answered ${status}: ${JSON.stringify(answer.body)}`);
  }
}
