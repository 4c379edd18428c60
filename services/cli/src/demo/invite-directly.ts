import type { BulkInviteResult, JobResource } from '@usher/contracts';
import { printLine, printTable } from '../print.ts';
import type { Stage } from './stage.ts';

const BEN = 'ben@lighthouse.example';

/** Three groups at once, answered synchronously, with no email. */
export async function inviteDirectly(stage: Stage): Promise<void> {
  const { api, checks, organization, inbox } = stage;
  const ids = organization.groups.map(({ id }) => id);
  const answer = await api.call<{ success: boolean; results: BulkInviteResult[]; job_id: string }>(
    'POST /api/v1/invites/bulk',
    { body: { invite_method: 'direct', email: BEN, role: 'viewer', group_ids: ids } },
  );
  checks.require('the answer is the finished 200', answer.status === 200, answer);
  const { results, success, job_id } = answer.body;
  printLine();
  printTable(
    ['group', 'success', 'message'],
    results.map((result, index) => [
      organization.groups[index]?.name ?? '?',
      String(result.success),
      result.message ?? result.error ?? '',
    ]),
  );
  printLine();
  const asExpected = results.every(
    (result, index) =>
      result.group_id === ids[index] &&
      result.success &&
      result.message === 'User added to group' &&
      result.user_id === results[0]?.user_id,
  );
  checks.expect(
    `${BEN} is added to all 3 groups, as one user`,
    success && results.length === 3 && asExpected && !!results[0]?.user_id,
    answer.body,
  );
  const { body } = await api.call<{ job: JobResource }>(`GET /api/v1/jobs/${job_id}`);
  checks.expect('the job behind it has no email', body.job.email === null, body.job);
  const emails = await inbox.of(BEN);
  checks.expect('none arrived', emails.length === 0, emails.length);
}
