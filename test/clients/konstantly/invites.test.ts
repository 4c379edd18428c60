import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type System } from '../../support/system.ts';
import { waitFor } from '../../support/wait-for.ts';
import { hasPython, runPython } from '../athena/run-python.ts';
import { inviteTeam } from './invite-team.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ websites: 1 });
});
afterAll(() => system.close());

const inPython = (url: string, key: string) =>
  runPython(join(import.meta.dirname, 'invite_team.py'), {
    KONSTANTLY_URL: url,
    KONSTANTLY_KEY: key,
  });
const CLIENTS: Array<[language: string, run: typeof inPython]> = [['TypeScript', inviteTeam]];
// Our tests bring no Python of their own.
if (hasPython()) CLIENTS.push(['Python', inPython]);

test.each(CLIENTS)('a client in %s invites a team, and each gets one email', async (_, run) => {
  const { key } = await system.createTenant(1);
  const before = system.mail.mails.length;
  expect(await run(system.apis[0]!.url, key)).toEqual({
    invited: ['ann@example.com', 'bob@example.com'],
    fresh: true,
    links: 3,
    same: true,
    refusals: [
      'Validation failed; emails.1: must be an email address',
      'Validation failed; emails: must be an array',
      'Validation failed; groups.0: Group 999999999 not found',
    ],
    attributes: 'none',
  });
  const mails = await waitFor('three emails', () => {
    const found = system.mail.mails.slice(before);
    return found.length >= 3 && found;
  });
  const names = (some: typeof mails) => some.map(({ to }) => to.slice(0, 3)).toSorted();
  expect(names(mails)).toEqual(['ann', 'bob', 'cid']);
  const said = mails.filter(({ text }) => text.includes('> Welcome!\n> See you on Monday.'));
  expect(names(said)).toEqual(['ann', 'bob']);
});
