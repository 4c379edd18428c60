import { jobIdOf } from '../checker/check-jobs.ts';
import type { TrialSystem } from '../servers/trial-system.ts';
import { askUntilAnswered } from './careful-client.ts';
import type { Load } from './drive-load.ts';

const AT_ONCE = 8;
const PATIENCE_MS = 20_000;

/** Ask for every acknowledged job by its id, and write the answers down with the others. */
export async function readJobs(
  { apiUrls, tenants }: Pick<TrialSystem, 'apiUrls' | 'tenants'>,
  { answers, asked }: Load,
): Promise<void> {
  const keyOf = new Map(
    asked.map(({ tag, orgId }) => [tag, tenants.find(({ id }) => id === orgId)]),
  );
  const keys = new Map<string, string>();
  for (const answer of answers) {
    const key = keyOf.get(answer.tag ?? '')?.key;
    for (const id of jobIdOf(answer)) if (key !== undefined) keys.set(id, key);
  }
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const waiting = [...keys];
  const read = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [id, key] = next;
      const call = {
        method: 'GET',
        path: `/api/v1/jobs/${id}`,
        headers: { 'x-api-key': key },
      } as const;
      const onReply = (reply: { status: number; body: unknown }) =>
        void answers.push({ at: Date.now(), tag: null, what: 'GET /api/v1/jobs/:id', ...reply });
      await askUntilAnswered(apiUrls, call, { signal, onReply });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, read));
}
