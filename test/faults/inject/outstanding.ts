import type { TrialSystem } from '../servers/trial-system.ts';

/** How many tasks are unfinished; -1 while Postgres does not say. */
export async function countOutstanding({ observer }: Pick<TrialSystem, 'observer'>) {
  const left = await readLeft({ observer });
  return left?.tasks ?? -1;
}

export interface Left {
  tasks: number;
  jobs: number;
  sendings: number;
  deliveries: number;
}

/** What is unfinished; undefined while Postgres does not say. */
export async function readLeft({
  observer,
}: Pick<TrialSystem, 'observer'>): Promise<Left | undefined> {
  try {
    const { rows } = await observer.query<Left>(
      `select (select count(*)::int from tasks) as tasks,
        (select count(*)::int from jobs where finished_at is null) as jobs,
        (select count(*)::int from sendings where state = 'pending') as sendings,
        (select count(*)::int from deliveries where ended_at is null) as deliveries`,
    );
    return rows[0];
  } catch (error) {
    // It is down, which trials do to it; whoever asks, asks again.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
