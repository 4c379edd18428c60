import { randomUUID } from 'node:crypto';
import type { JobResource, TargetResource } from '@usher/contracts';
import { printLine, printTable } from '../print.ts';
import { acceptByLink } from './accept-by-link.ts';
import { checkEmailOnce } from './check-email-once.ts';
import { followJob } from './follow-job.ts';
import { showEmail } from './show-email.ts';
import type { Stage } from './stage.ts';

const ANN = 'ann@lighthouse.example';
/** Places in the request of twelve. */
const UNKNOWN_AT = 4;
const MEMBER_AT = 8;

/** One email for twelve websites, two of which cannot be: unknown, and joined already. */
export async function inviteByEmail(stage: Stage): Promise<void> {
  const { api, checks, organization, inbox } = stage;
  const sites = organization.websites.slice(0, 11);
  const unknown = { id: randomUUID(), name: '(unknown)' };
  const asked = [...sites.slice(0, UNKNOWN_AT), unknown, ...sites.slice(UNKNOWN_AT)];
  const member = asked[MEMBER_AT]!;
  const invited = asked.filter((site) => site !== unknown && site !== member);

  const before = await api.call('POST /api/v1/invites/bulk', {
    body: { invite_method: 'direct', email: ANN, website_ids: [member.id] },
  });
  checks.require(`${ANN} is a member of ${member.name} already`, before.status === 200, before);

  const accepted = await api.call<{ job: JobResource }>('POST /api/v1/invites/bulk', {
    headers: { prefer: 'respond-async', 'idempotency-key': randomUUID() },
    body: {
      invite_method: 'email',
      email: ANN,
      role: 'admin',
      first_name: 'Ann',
      website_ids: asked.map(({ id }) => id),
    },
  });
  checks.require('the job is accepted at once: 202', accepted.status === 202, accepted);
  const location = accepted.headers.get('location');
  checks.expect(
    'Location names it',
    location?.endsWith(accepted.body.job.links.self) === true,
    location,
  );

  const job = await followJob(api, accepted.body.job, 1);
  const { body } = await api.call<{ targets: TargetResource[] }>(
    `GET /${job.links.targets.replace(/^\//, '')}`,
  );
  printLine();
  printTable(
    ['website', 'status', 'code', 'message'],
    body.targets.map(({ status, code, message }, index) => [
      asked[index]?.name ?? '?',
      status,
      code ?? '',
      message ?? '',
    ]),
  );
  printLine();

  const found = body.targets.map(({ website_id, status, code }) => [website_id, status, code]);
  const expected = asked.map((site) => {
    if (site === unknown) return [site.id, 'failed', 'not_found'];
    if (site === member) return [site.id, 'failed', 'already_member'];
    return [site.id, 'succeeded', 'invited'];
  });
  const same = JSON.stringify(found) === JSON.stringify(expected);
  checks.expect('each of the 12 targets has its own outcome, in request order', same, found);
  const { total, succeeded, failed } = job.counts;
  checks.expect(
    'the job says so too: partially failed, 10 of 12',
    job.state === 'partially_failed' && total === 12 && succeeded === 10 && failed === 2,
    job,
  );

  const email = await inbox.waitFor(ANN);
  checks.require('an email arrives', email !== undefined);
  if (!email) return;
  showEmail(email);
  for (const kind of ['text', 'html'] as const) {
    const named = organization.websites.filter(({ name }) => email[kind].includes(name));
    checks.expect(
      `its ${kind === 'html' ? 'HTML' : 'text'} names exactly the 10 websites that succeeded`,
      JSON.stringify(named.map(({ id }) => id)) === JSON.stringify(invited.map(({ id }) => id)),
      named.map(({ name }) => name),
    );
  }
  await acceptByLink(stage, { email, invited, role: 'admin' });
  await checkEmailOnce(stage, job.id, ANN);
}
