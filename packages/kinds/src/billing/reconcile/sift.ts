import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { compare, type Difference } from './compare.ts';
import type { Look } from './look.ts';
import { readGroups, type OurGroup } from './read-groups.ts';

const BATCH = 200;

/** A difference, and our side of it as it was just read. */
export interface Found {
  ours: OurGroup;
  difference: Difference;
}

/** What differs in every one of these looks, by what is on record now; a batch of groups at a time. */
export async function* sift(
  db: Kysely<Database>,
  provider: string,
  looks: readonly [Look, ...Look[]],
): AsyncGenerator<Found[]> {
  const [first, ...others] = looks;
  const keys = [...first.suspects.keys()].filter((key) =>
    others.every(({ suspects }) => suspects.has(key)),
  );
  for (let at = 0; at < keys.length; at += BATCH) {
    const batch = keys.slice(at, at + BATCH).flatMap((key) => {
      const seen = looks.flatMap(({ begunAt, suspects }) => {
        const suspect = suspects.get(key);
        return suspect ? [{ begunAt, ...suspect }] : [];
      });
      const latest = seen.at(-1);
      return latest ? [{ groupId: latest.groupId, orgId: latest.orgId, seen }] : [];
    });
    const ours = await readGroups(db, batch);
    yield batch.flatMap(({ seen }, index) => {
      const our = ours[index];
      return our ? compareAll(provider, our, seen) : [];
    });
  }
}

function compareAll(
  provider: string,
  ours: OurGroup,
  seen: ReadonlyArray<Parameters<typeof compare>[2]>,
): Found[] {
  const [found = [], ...others] = seen.map((listed) => compare(provider, ours, listed));
  return found
    .filter((each) => others.every((other) => other.some((its) => isSame(each, its))))
    .map((difference) => ({ ours, difference }));
}

const isSame = (a: Difference, b: Difference) =>
  a.type === b.type && a.upstreamId === b.upstreamId && a.detail === b.detail;
