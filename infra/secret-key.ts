import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The SECRET_KEY kept in this folder, made on first use: 32 bytes as 64 hexadecimal digits. */
export function keptSecretKey(dataDir: string): string {
  const path = join(dataDir, 'secret-key');
  if (existsSync(path)) {
    const key = readFileSync(path, 'utf8').trim();
    if (/^[0-9a-f]{64}$/.test(key)) return key;
    throw new Error(`${path} does not hold 64 hexadecimal digits. Restore it, or set SECRET_KEY.`);
  }
  const key = randomBytes(32).toString('hex');
  writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}
