import { putLoad, type Load } from './load.ts';
import type { Setting } from './settings.ts';
import type { Stage } from './start-stage.ts';

export interface PairSize {
  requests: number;
  warmUp: number;
}

export type Side = 'bare' | 'usher';

/** Both, asked in the same way within one round. */
export type Pair = Record<Side, Load>;

let pairs = 0;

/**
 * Ask both sides the same, one after the other, each on a quiet database.
 * @throws when an answer is wrong, or what was answered is not in the database.
 */
export async function measurePair(
  stage: Stage,
  setting: Setting,
  size: PairSize,
  order: readonly Side[],
): Promise<Pair> {
  pairs += 1;
  const measured: Partial<Pair> = {};
  for (const side of order) {
    await stage.makeQuiet();
    measured[side] = await measureSide(stage, setting, size, side);
  }
  return measured as Pair;
}

async function measureSide(
  stage: Stage,
  setting: Setting,
  size: PairSize,
  side: Side,
): Promise<Load> {
  const { url, pids } = stage[side];
  const before = await stage.count();
  const load = await putLoad({
    url,
    pids,
    path: side === 'bare' ? '/' : '/api/v1/invites/bulk',
    headers: {
      'content-type': 'application/json',
      'x-api-key': stage.tenant.key,
      ...(setting.respondAsync && { prefer: 'respond-async' }),
    },
    body: {
      invite_method: 'direct',
      website_ids: stage.tenant.websiteIds.slice(0, setting.targets),
    },
    people: `person-${pairs}`,
    connections: setting.connections,
    status: side === 'bare' || setting.respondAsync ? 202 : 200,
    ...size,
  });
  verify(setting, side, size.requests + size.warmUp, before, await stage.count());
  return load;
}

type Counts = Awaited<ReturnType<Stage['count']>>;

/** Whatever was answered is committed; and done, where that was waited for. */
function verify(
  { respondAsync }: Setting,
  side: Side,
  asked: number,
  before: Counts,
  after: Counts,
): void {
  const made = side === 'bare' ? after.rows - before.rows : after.jobs - before.jobs;
  if (made !== asked) throw new Error(`${side}: ${made} were written, not ${asked}`);
  if (side === 'usher' && !respondAsync && after.finished !== after.jobs) {
    throw new Error(`${after.jobs - after.finished} jobs were answered and are not finished`);
  }
}
