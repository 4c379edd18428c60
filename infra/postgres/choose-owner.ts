import { spawnSync } from 'node:child_process';

/** The operating system's user that runs Postgres, when it cannot be the one who started us. */
export type ServerOwner = { uid: number; gid: number };

const USER = 'postgres';

/**
 * Postgres refuses to run as root: then the user `postgres` runs it, made if need be.
 * @returns undefined when we are not root, and Postgres runs as ourselves.
 */
export function chooseOwner(log: (line: string) => void): ServerOwner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = lookUp();
  if (found) return found;
  log(`creating the system user "${USER}", since Postgres does not run as root`);
  spawnSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/bin/false',
    USER,
  ]);
  const made = lookUp();
  if (made) return made;
  throw new Error(
    `Postgres does not run as root, and the user "${USER}" could not be created. ` +
      'Run this as another user, or set DATABASE_URL.',
  );
}

function lookUp(): ServerOwner | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const answer = spawnSync('id', [flag, USER], { encoding: 'utf8' });
    return answer.status === 0 ? Number(answer.stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Whether a shell condition holds for that user, with `path` as `$0`: a real try sees every rule. */
export function holdsFor(owner: ServerOwner, condition: string, path: string): boolean {
  const answer = spawnSync('/bin/sh', ['-c', condition, path], {
    ...owner,
    cwd: '/',
    stdio: 'ignore',
  });
  return answer.status === 0;
}
