import type { Target } from '@usher/sdk';
import { createTable, type TablePrinter } from '../print.ts';
import { paintState } from './paint-state.ts';

/** What a target is: a website, a group, or the organization itself. */
export const targetId = (target: Target): string =>
  target.website_id ?? target.group_id ?? target.organization_id ?? '';

/** A table that targets can be added to as they come. */
export function createTargetTable(): { add(targets: readonly Target[]): void } {
  const table: TablePrinter = createTable(['#', 'target', 'status', 'code', 'message'], {
    status: paintState,
  });
  return {
    add: (targets) =>
      table.add(
        targets.map((target) => [
          String(target.position),
          targetId(target),
          target.status,
          target.code ?? '',
          target.message ?? '',
        ]),
      ),
  };
}
