import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { inspectQueue } from './inspect-queue.ts';

/** Takes connections, and says nothing. */
async function startSilence(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a Redis that takes connections and never answers is given up on, without its password', async () => {
  const port = await startSilence();
  const asked = inspectQueue(`redis://:hunter2@127.0.0.1:${port}`);
  await expect(asked).rejects.toThrow(/timed out/);
  await expect(asked).rejects.not.toThrow(/hunter2/);
}, 20_000);
