import type { Pool } from 'undici';

/** Clients that wait for their answer before they send again. */
export const CONNECTIONS = 32;

export interface SubmittedOverHttp {
  path: string;
  /** The organization's API key. */
  key: string;
  body: string;
  /** How long the answer is waited for (RFC 7240); if not said, no longer than until it is committed. */
  prefer?: string;
}

/**
 * Submit jobs over HTTP, at most so many at once, each answered 202 when it is committed.
 * @returns the jobs' ids, as they were answered.
 * @throws for any other answer.
 */
export async function submitJobs(
  client: Pool,
  submissions: readonly SubmittedOverHttp[],
  atOnce = CONNECTIONS,
): Promise<string[]> {
  const jobIds: string[] = [];
  let next = 0;
  const sendInTurn = async () => {
    for (let each = submissions[next++]; each !== undefined; each = submissions[next++]) {
      const answer = await client.request({
        method: 'POST',
        path: each.path,
        headers: {
          'x-api-key': each.key,
          'content-type': 'application/json',
          prefer: each.prefer ?? 'respond-async',
        },
        body: each.body,
      });
      if (answer.statusCode !== 202) {
        throw new Error(`answered ${answer.statusCode}: ${await answer.body.text()}`);
      }
      await answer.body.dump();
      jobIds.push(String(answer.headers.location).split('/').at(-1) ?? '');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sendInTurn));
  return jobIds;
}
