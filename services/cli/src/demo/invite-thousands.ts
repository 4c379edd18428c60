import type { JobResource, MemberResource } from '@usher/contracts';
import { printLine } from '../print.ts';
import { followJob } from './follow-job.ts';
import type { Stage } from './stage.ts';

const CARA = 'cara@lighthouse.example';

/** One job over every website of the organization. */
export async function inviteThousands(stage: Stage): Promise<void> {
  const { api, checks, organization, inbox } = stage;
  const ids = organization.websites.map(({ id }) => id);
  const accepted = await api.call<{ job: JobResource }>('POST /api/v1/jobs', {
    body: { kind: 'bulk-invite', invite_method: 'direct', email: CARA, website_ids: ids },
  });
  checks.require('the job is accepted: 202', accepted.status === 202, accepted);
  const job = await followJob(api, accepted.body.job, 0);
  const seconds = (Date.parse(job.finished_at ?? '') - Date.parse(job.created_at)) / 1000;
  printLine(
    `  ${(ids.length / seconds).toFixed(0)} targets a second, over ${seconds.toFixed(2)} s`,
  );
  checks.expect(
    `all ${ids.length.toLocaleString('en')} targets succeeded`,
    job.state === 'succeeded' && job.counts.succeeded === ids.length,
    job,
  );
  const { body } = await api.call<{ members: MemberResource[] }>(
    `GET /api/v1/websites/${ids.at(-1)}/members`,
  );
  checks.expect(
    `${CARA} is a member of the last of them`,
    body.members.some(({ email, access_type }) => email === CARA && access_type === 'direct'),
    body.members,
  );
  const emails = await inbox.of(CARA);
  checks.expect('and got no email', emails.length === 0, emails.length);
}
