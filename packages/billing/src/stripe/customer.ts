import { z } from 'zod';
import type { UpstreamEntity } from '../provider.ts';

// Others keep customers in the same account: what their metadata holds is no fault.
const ourId = z.string().min(1).max(100).nullable().catch(null);

const customer = z.object({
  id: z.string().regex(/^[\w-]{1,255}$/),
  object: z.literal('customer'),
  deleted: z.boolean().optional(),
  name: z.string().nullish(),
  metadata: z.object({ usher_group_id: ourId, usher_org_id: ourId }).optional(),
});

/** A customer, as an answer must hold one. */
export const livingCustomer = customer.refine(({ deleted }) => !deleted).transform(toEntity);

/** One page of customers; `lastId` is the cursor of the next page, null at the end. */
export const customerPage = z
  .object({
    object: z.literal('list'),
    has_more: z.boolean(),
    data: z.array(customer).max(100),
  })
  .refine(({ has_more, data }) => !has_more || data.length > 0)
  .transform(({ has_more, data }) => ({
    entities: data.filter(({ deleted }) => !deleted).map(toEntity),
    lastId: has_more ? (data.at(-1)?.id ?? null) : null,
  }));

/** One page as read. */
export type CustomerPage = z.output<typeof customerPage>;

function toEntity({ id, name, metadata }: z.output<typeof customer>): UpstreamEntity {
  return {
    id,
    groupId: metadata?.usher_group_id ?? null,
    orgId: metadata?.usher_org_id ?? null,
    name: name ?? null,
  };
}
