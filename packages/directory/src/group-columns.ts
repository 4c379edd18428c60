import { isDeepStrictEqual } from 'node:util';
import { unique } from '@usher/contracts';
import type { WebsiteChanges } from './change-group-websites.ts';
import type { Attributes } from './merge-attributes.ts';

/** What of a group's row a request can say. */
export interface GroupColumns {
  name: string;
  external_id: string | null;
  billing_enabled: boolean;
  parent_id: string | null;
  description: string | null;
  attributes: Attributes;
}

export const GROUP_COLUMNS = [
  'name',
  'external_id',
  'billing_enabled',
  'parent_id',
  'description',
  'attributes',
] as const satisfies ReadonlyArray<keyof GroupColumns>;

/** Of what is wanted, what is not so already; what is undefined is not wanted. */
export function changedColumns(
  row: GroupColumns,
  wanted: { [Name in keyof GroupColumns]?: GroupColumns[Name] | undefined },
): Partial<GroupColumns> {
  const changed = GROUP_COLUMNS.filter(
    (name) => wanted[name] !== undefined && !isDeepStrictEqual(wanted[name], row[name]),
  );
  return Object.fromEntries(changed.map((name) => [name, wanted[name]])) as Partial<GroupColumns>;
}

/** As they are written. */
export const toRow = ({ attributes, ...columns }: Partial<GroupColumns>) => ({
  ...columns,
  ...(attributes && { attributes: JSON.stringify(attributes) }),
});

interface Looks {
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/**
 * Of what changed, how it was and how it is: of websites, those that went and those that came; of
 * attributes, the ones that differ, where null is none.
 */
export function looksOf(
  row: GroupColumns,
  { attributes, ...columns }: Partial<GroupColumns>,
  { added, removed }: WebsiteChanges,
): Looks {
  const names = GROUP_COLUMNS.filter((name) => name in columns);
  const changed = attributes && attributeLooks(row.attributes, attributes);
  return {
    before: {
      ...Object.fromEntries(names.map((name) => [name, row[name]])),
      ...(changed && { attributes: changed.before }),
      ...(removed.length > 0 && { website_ids: removed }),
    },
    after: {
      ...columns,
      ...(changed && { attributes: changed.after }),
      ...(added.length > 0 && { website_ids: added }),
    },
  };
}

function attributeLooks(before: Attributes, after: Attributes): Looks {
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const differing = unique([...was.keys(), ...is.keys()]).filter(
    (name) => !isDeepStrictEqual(was.get(name), is.get(name)),
  );
  const look = (values: typeof was) =>
    Object.fromEntries(differing.map((name) => [name, values.get(name) ?? null]));
  return { before: look(was), after: look(is) };
}
