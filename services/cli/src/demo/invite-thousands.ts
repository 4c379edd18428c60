import type { JobResource, MemberResource } from '@usher/contracts';
import { printLine } from '../print.ts';
import { checkWebhook } from './check-webhook.ts';
import { followJob } from './follow-job.ts';
import type { Stage } from './stage.ts';

const CARA = 'cara@lighthouse.example';

interface Accepted {
  job: JobResource;
  callback_secret: string;
}

/** One job over every website of the organization; its end is told to a callback. */
export async function inviteThousands(stage: Stage): Promise<void> {
  const { api, checks, organization, inbox, receiver } = stage;
  const ids = organization.websites.map(({ id }) => id);
  const accepted = await api.call<Accepted>('POST /api/v1/jobs', {
    body: {
      kind: 'bulk-invite',
      invite_method: 'direct',
      email: CARA,
      website_ids: ids,
      callback_url: receiver.url,
    },
  });
  checks.require('the job is accepted: 202', accepted.status === 202, accepted);
  const { callback_secret: secret } = accepted.body;
  checks.require(
    'the answer has the secret that its webhook will be signed with',
    secret?.startsWith('whsec_') === true,
    secret,
  );
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
  await checkWebhook(stage, job, secret);
}
