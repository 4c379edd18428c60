import { expect, test } from 'vitest';
import { never } from '../testing/invitation-email.ts';
import { type Script, startScriptedServer } from '../testing/scripted-server.ts';
import { classifyFailure } from './classify-failure.ts';
import { startDeadline } from './deadline.ts';
import { openSession } from './open-session.ts';
import { parseSmtpUrl } from './parse-smtp-url.ts';
import { SmtpFailure } from './smtp-failure.ts';

// More than the sockets of both sides buffer, so that the rest cannot have left this process.
const hugeMessage = {
  envelope: { from: 'no-reply@usher.example', to: 'ada@example.com' },
  content: Buffer.alloc(48 * 1024 * 1024, `${'x'.repeat(70)}\r\n`),
};

async function failureOf(script: Script, timeoutMs = 5_000) {
  const server = await startScriptedServer(script);
  const deadline = startDeadline(timeoutMs);
  const session = await openSession(parseSmtpUrl(server.url), never);
  try {
    await session.deliver(hugeMessage, deadline.signal);
    throw new Error('the delivery was to fail');
  } catch (error) {
    if (error instanceof SmtpFailure)
      return { error, steps: server.steps, reusable: session.reusable() };
    throw error;
  } finally {
    deadline.end();
    await server.close();
  }
}

test('a cut before we wrote the final dot was certainly no acceptance: rejected for now', async () => {
  const { error } = await failureOf({ CONTENT: 'cut' });
  expect(error.handedOver).toBe(false);
  expect(classifyFailure(error)).toMatchObject({
    kind: 'rejected',
    permanent: false,
    code: 'smtp_connection',
  });
});

test('running out of time before we wrote the final dot: rejected for now, and no dot follows', async () => {
  const { error, steps } = await failureOf({ CONTENT: 'hang' }, 500);
  expect(error.handedOver).toBe(false);
  expect(classifyFailure(error)).toMatchObject({ kind: 'rejected', code: 'smtp_timeout' });
  expect(steps).not.toContain('1 DOT');
});

test('a refusal in the middle of the content is final, and ends the connection', async () => {
  const { error, reusable } = await failureOf({ CONTENT: '552 too large' });
  expect(classifyFailure(error)).toMatchObject({ kind: 'rejected', permanent: true });
  expect(reusable).toBe(false);
});

test('an acceptance before the message is complete is not believed', async () => {
  const { error } = await failureOf({ CONTENT: '250 taken' });
  expect(classifyFailure(error)).toMatchObject({ kind: 'unanswered' });
});
