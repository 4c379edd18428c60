import type { TargetRef } from '../plan/plan.ts';
import type { LoadTenant } from './drive-load.ts';

/** The id that a plan's name of a target stands for, as that organization sends it. */
export function resolveRef(
  ref: TargetRef,
  { organization, of }: { organization: 0 | 1; of: 'website' | 'group' },
  tenants: readonly [LoadTenant, LoadTenant],
): string {
  const idsOf = (tenant: LoadTenant) => (of === 'website' ? tenant.websiteIds : tenant.groupIds);
  if (ref === 'foreign') return idsOf(tenants[organization === 0 ? 1 : 0])[0] as string;
  const number = /^[wg](\d+)$/.exec(ref)?.[1];
  return number === undefined ? ref : (idsOf(tenants[organization])[Number(number)] as string);
}
