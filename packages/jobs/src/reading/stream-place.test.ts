import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { useBench } from '../testing/use-bench.ts';
import { ALL, fromEventId, startOf, toEventId, type Place } from './stream-place.ts';

const bench = useBench();
const jobId = newId();
const crowded = '742:99843215:742,743,99843214';

test.each<Place>([
  startOf(1),
  { round: 3, seen: ALL, batch: null },
  { round: 2, seen: '742:742:', batch: { upTo: crowded, after: -1 } },
  { round: 2, seen: crowded, batch: { upTo: ALL, after: 9_999 } },
])('an event’s id brings its place back, in words that a header takes (%o)', (place) => {
  const id = toEventId(jobId, place);
  expect(id).toMatch(/^[\w./-]+$/);
  expect(fromEventId(jobId, id)).toEqual(place);
});

test('an id stays short while a hundred transactions run', () => {
  const running = Array.from({ length: 100 }, (_, n) => 9_000_000_000 + 7 * n);
  const seen = `9000000000:9000001000:${running.join(',')}`;
  const id = toEventId(jobId, { round: 1, seen, batch: { upTo: seen, after: 1 } });
  expect(id.length).toBeLessThan(700);
});

test.each([
  '',
  'x',
  '12',
  toEventId(newId(), startOf(1)),
  ...['1/742', '1/0.5', '1/742.2.5', '1/742.5.3.1', '1/742.5.3.3', '1/742.5/all', 'x/742.5'].map(
    (rest) => `${jobId.slice(-12)}/${rest}`,
  ),
])('what is no id of an event of this job (%s) is the caller’s mistake', (id) => {
  expect(() => fromEventId(jobId, id)).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});

test('what passes for an id, Postgres takes for a snapshot', async () => {
  for (const packed of ['1.0', '742.5', '742.5.0', '742.5.0.4', `${'9'.repeat(18)}.zzzzzzzzz.z`]) {
    const { seen } = fromEventId(jobId, `${jobId.slice(-12)}/1/${packed}`);
    await sql`select ${seen}::pg_snapshot`.execute(bench.db);
  }
});
