import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, System, Tenant } from '../support/system.ts';

let people = 0;
const TRIES = 10;

/**
 * Submit so many jobs by email at once, for all websites of a tenant, without waiting for their end.
 * Who hears 503 repeats the request after the time it names, as clients do: a machine that stands still
 * for some seconds is no fault of what is tested.
 */
export function submitEmails(
  system: System,
  count: number,
  tenant: Tenant = system.tenant,
): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: count }, () => {
      people += 1;
      return submitEmail(system, tenant, `person-${people}@example.com`);
    }),
  );
}

async function submitEmail(system: System, tenant: Tenant, email: string): Promise<Answer> {
  const submission = {
    body: { invite_method: 'email', email, website_ids: tenant.websiteIds },
    headers: { prefer: 'respond-async', 'idempotency-key': email },
    key: tenant.key,
  };
  for (let tries = 1; ; tries += 1) {
    const answer = await system.call('POST', '/api/v1/invites/bulk', submission);
    if (answer.status !== 503 || tries === TRIES) return answer;
    await delay(Number(answer.headers.get('retry-after')) * 1_000);
  }
}

export const statuses = (answers: readonly Answer[]): number[] => [
  ...new Set(answers.map((answer) => answer.status)),
];
