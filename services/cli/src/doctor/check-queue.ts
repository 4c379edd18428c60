import { inspectQueue } from '@usher/queue';
import { ok, problem, reasonOf, type Check } from './check.ts';

/** Whether messages can travel. */
export async function checkQueue(url: string): Promise<Check[]> {
  try {
    const { store, version, unfit, durable } = await inspectQueue(url);
    if (unfit !== undefined) {
      const advice =
        store === 'redis'
          ? 'Mend its configuration; workers do not start so'
          : 'Run `usher migrate`';
      return [problem('queue', unfit.replace(/ Run `.*$/, ''), advice)];
    }
    if (store === 'postgres') return [ok('queue', 'on Postgres, its schema fits')];
    const kept = durable
      ? 'with AOF'
      : 'without AOF: when it restarts, messages are sent again from Postgres';
    return [ok('queue', `Redis ${version} answers, noeviction, ${kept}`)];
  } catch (error) {
    return [
      problem(
        'queue',
        `it cannot be reached (${reasonOf(error)})`,
        'Start it, or mend QUEUE_URL; jobs are accepted meanwhile, and wait',
      ),
    ];
  }
}
