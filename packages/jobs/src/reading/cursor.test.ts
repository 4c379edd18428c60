import { expect, test } from 'vitest';
import { newId } from '@usher/db';
import { useBench } from '../testing/use-bench.ts';
import { decodeCursor, encodeCursor } from '@usher/contracts';
import { listJobs } from './read-jobs.ts';

const bench = useBench();

test('a cursor that was returned is read back', () => {
  expect(decodeCursor(encodeCursor('12'), /^\d+$/)).toBe('12');
});

test.each(['', 'x', '!!!', encodeCursor('-1'), encodeCursor("1' or true")])(
  'a cursor that we did not make (%s) is the caller’s mistake',
  (cursor) => {
    expect(() => decodeCursor(cursor, /^\d+$/)).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  },
);

test.each(['-'.repeat(36), `${newId()}0`, 'f'.repeat(36)])(
  'a job cursor that holds no id (%s) is the caller’s mistake, not ours',
  async (position) => {
    const query = { limit: 10, cursor: encodeCursor(position) };
    await expect(
      listJobs(bench.db, { orgId: bench.orgId, onlyKeyId: null }, query),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  },
);
