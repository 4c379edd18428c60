import { z } from 'zod';
import type { UpstreamEntity } from '../provider.ts';

/** Marks the customers that we made. Lago takes keys of up to 20 characters, values of up to 100. */
export const ORG_KEY = 'usher_org_id';

const customer = z.object({
  lago_id: z.string().min(1).max(100),
  external_id: z.string().min(1).max(255),
  name: z.string().nullish(),
  metadata: z.array(z.object({ key: z.string(), value: z.string() })).nullish(),
});

/** The answer about one customer. */
export const customerAnswer = z
  .object({ customer })
  .transform((answer) => toEntity(answer.customer));

/** One page of customers; `nextPage` is null at the end. */
export const customerPage = z
  .object({
    customers: z.array(customer).max(100),
    meta: z.object({ next_page: z.int().positive().nullish() }),
  })
  .transform(({ customers, meta }) => ({
    entities: customers.map(toEntity),
    nextPage: meta.next_page ?? null,
  }));

function toEntity({ lago_id, external_id, name, metadata }: z.output<typeof customer>) {
  const orgId = metadata?.find(({ key }) => key === ORG_KEY)?.value ?? null;
  return { id: lago_id, groupId: external_id, orgId, name: name ?? null } satisfies UpstreamEntity;
}
