import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logAttempt } from './log-attempt.ts';

/** The `reason` as it stands in the line that is written. */
function written(reason: string): unknown {
  const lines: string[] = [];
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const task = { task_id: 'task', result: 'giveUp', code: 'smtp_550', duration_ms: 1 };
  logAttempt(pino({}, output), { ...task, reason });
  expect(lines).toHaveLength(1);
  return (JSON.parse(lines[0] as string) as { reason: unknown }).reason;
}

test.each([
  [
    'Message failed: 550 <refused@example.com>: Recipient address rejected: User unknown',
    'Message failed: 550 <[address]>: Recipient address rejected: User unknown',
  ],
  ['550 5.1.1 Ada.Byron+x@sub.example.com', '550 5.1.1 [address]'],
  ['no mailbox (ada@example.com), sorry', 'no mailbox ([address]), sorry'],
  ['to=<a@example.com>,<b@example.com>;', 'to=<[address]>,<[address]>;'],
  ['mailto:ada@example.com is unknown', '[address] is unknown'],
  ['"Ada Byron"@example.com is unknown', '[address] is unknown'],
  ["o'brien/x=y@example.com", '[address]'],
  ['ada@[192.0.2.1] is unknown', '[address][192.0.2.1] is unknown'],
  ['адель@почта.example is unknown', '[address] is unknown'],
  ['see https://mail.example/why?to=ada%40example.com', 'see [address]'],
])('no address reaches the line of an attempt: %s', (reason, shown) => {
  expect(written(reason)).toBe(shown);
});

test('a reason without an address is written as it is', () => {
  const reason = 'Connection failed: connect ECONNREFUSED 127.0.0.1:25 ("mx.example"); 421 4.7.0';
  expect(written(reason)).toBe(reason);
});
