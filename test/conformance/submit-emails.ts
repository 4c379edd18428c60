import type { Answer, System, Tenant } from '../support/system.ts';

let people = 0;

/** Submit so many jobs by email at once, for all websites of a tenant, without waiting for their end. */
export function submitEmails(
  system: System,
  count: number,
  tenant: Tenant = system.tenant,
): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: count }, () => {
      people += 1;
      return system.call('POST', '/api/v1/invites/bulk', {
        body: {
          invite_method: 'email',
          email: `person-${people}@example.com`,
          website_ids: tenant.websiteIds,
        },
        headers: { prefer: 'respond-async' },
        key: tenant.key,
      });
    }),
  );
}

export const statuses = (answers: readonly Answer[]): number[] => [
  ...new Set(answers.map((answer) => answer.status)),
];
