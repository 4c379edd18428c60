import { join } from 'node:path';
import { createGroup } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../support/test-api.ts';
import { hasPython, runPython } from '../athena/run-python.ts';
import { moveTeam } from './move-team.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  // More than a page.
  for (let made = 0; made < 25; made += 1) {
    await createGroup(api.db, api.organization.id, { name: `Other ${made}` });
  }
});
afterAll(() => api.close());

const inPython = (url: string, key: string) =>
  runPython(join(import.meta.dirname, 'move_team.py'), {
    KONSTANTLY_URL: url,
    KONSTANTLY_KEY: key,
  });
const CLIENTS: Array<[language: string, run: typeof inPython]> = [['TypeScript', moveTeam]];
// Our tests bring no Python of their own.
if (hasPython()) CLIENTS.push(['Python', inPython]);

test.each(CLIENTS)('a client in %s works with nothing but another base and key', async (_, run) => {
  expect(await run(api.url, api.organization.key)).toEqual({
    regions: ['none', 'North', 'North'],
    refusal: 'Validation failed; name: Name cannot be empty',
    named: 1,
  });
});
