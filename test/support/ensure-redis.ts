import { spawnSync } from 'node:child_process';
import { findRedisServer } from './redis.ts';

const PACKAGE = 'redis-server';

/**
 * See to it that a Redis server can be started: the one on the PATH, or else Debian's, installed where
 * that is allowed.
 * @returns what is missing, in words; undefined where nothing is.
 */
export function ensureRedis(): string | undefined {
  if (findRedisServer()) return undefined;
  const missing = `The tests need a Redis server: install the package ${PACKAGE} (or valkey-server).`;
  if (process.getuid?.() !== 0) return missing;
  const apt = (...words: string[]) =>
    spawnSync('apt-get', ['-y', '-qq', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      // The package must not start a server of its own: each test starts one.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    }).status === 0;
  console.log(`Installing ${PACKAGE}, since no Redis server is on the PATH …`);
  if (!apt('install', '--no-install-recommends', PACKAGE)) {
    apt('update');
    apt('install', '--no-install-recommends', PACKAGE);
  }
  return findRedisServer() ? undefined : missing;
}
