import { expect, test } from 'vitest';
import { startScripted } from '../testing/mailers.ts';
import type { Script } from '../testing/scripted-server.ts';

const pipelining = '250-scripted\r\n250 PIPELINING';

test('an email that waits for a connection is bounded and abortable as well', async () => {
  const { server, send } = await startScripted(
    { MAIL: 'hang' },
    { maxConnections: 1, timeoutMs: 300 },
  );
  const first = send();
  const controller = new AbortController();
  const [second, third] = [send(controller.signal), send()];
  controller.abort();
  expect(await second).toEqual({ kind: 'busy' });
  expect(await first).toMatchObject({ kind: 'rejected', code: 'smtp_timeout' });
  // Its time is up as the first gives its connection back: it may have got that far, or not.
  expect(['busy', 'rejected']).toContain((await third).kind);
  expect(server.connections()).toBeLessThanOrEqual(2);
});

test('a kept connection that the server closed costs the next email nothing', async () => {
  const { server, send } = await startScripted({});
  expect((await send()).kind).toBe('accepted');
  server.hangUp();
  await server.until(() => server.open() === 0);
  expect((await send()).kind).toBe('accepted');
  expect(server.connections()).toBe(2);
});

const deadInSleep: Array<[string, Script]> = [
  ['is cut at the next MAIL FROM', { MAIL: (connection) => secondMail(connection, 'cut') }],
  ['says 421 to it', { MAIL: (connection) => secondMail(connection, '421 idle too long') }],
  [
    'says 421 to it, pipelined',
    { EHLO: pipelining, MAIL: (connection) => secondMail(connection, '421 idle too long') },
  ],
];
let mails = 0;
function secondMail(connection: number, move: string): string | undefined {
  mails = connection === 1 ? mails + 1 : 0;
  return mails === 2 ? move : undefined;
}
for (const [what, script] of deadInSleep) {
  test(`a kept connection that ${what} is replaced at once, and the email is sent once`, async () => {
    mails = 0;
    const { server, send } = await startScripted(script);
    expect((await send()).kind).toBe('accepted');
    expect((await send()).kind).toBe('accepted');
    expect(server.connections()).toBe(2);
    expect(server.steps.filter((step) => step.endsWith(' DOT'))).toEqual(['1 DOT', '2 DOT']);
  });
}

test('a kept connection that is lost after the final dot is never tried again by itself', async () => {
  let dots = 0;
  const { server, send } = await startScripted({ DOT: () => (++dots === 2 ? 'cut' : undefined) });
  expect((await send()).kind).toBe('accepted');
  expect((await send()).kind).toBe('unanswered');
  expect(server.connections()).toBe(1);
});
