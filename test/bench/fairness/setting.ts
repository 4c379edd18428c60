import type { Tenant } from '../../support/system.ts';
import { startSystem, type System } from '../../support/system.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import type { BenchPostgres } from '../support/bench-postgres.ts';
import { createFlood, type Flood } from './flood.ts';

export type Backend = 'postgres' | 'redis';

/** What is measured on: an Usher of real processes, its queue on one of the backends. */
export interface Setting {
  backend: Backend;
  workers: number;
  system: System;
  /** Where messages travel on it. */
  redis: TestRedis | undefined;
  close(): Promise<void>;
}

export interface SettingOptions {
  postgres: BenchPostgres;
  backend: Backend;
  workers: number;
  onLine?: (line: string) => void;
}

/** One API and so many workers over a database, and a Redis where one is asked for, of their own. */
export async function startSetting(options: SettingOptions): Promise<Setting> {
  const { postgres, backend, workers, onLine } = options;
  const redis = backend === 'redis' ? await startRedis() : undefined;
  const database = await postgres.createDatabase();
  const system = await startSystem({
    database,
    workers,
    websites: 50,
    environment: { LOG_LEVEL: 'warn' },
    ...(redis && { queueUrl: redis.url }),
    ...(onLine && { onLine }),
  });
  return {
    backend,
    workers,
    system,
    redis,
    async close() {
      await system.close();
      await redis?.stop();
    },
  };
}

/** An organization with so many websites and a flood of its own. */
export async function createFlooder(
  system: System,
  websites: number,
  weight = 1,
): Promise<{ tenant: Tenant; flood: Flood }> {
  const tenant = await system.createTenant(websites);
  await system.db
    .updateTable('organizations')
    .set({ weight })
    .where('id', '=', tenant.id)
    .execute();
  return { tenant, flood: createFlood(system, tenant) };
}
