import type { lookup } from 'node:dns';
import { type AddressInfo, createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { buildConnector, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { resolving } from '../testing/resolving.ts';
import { makeSelfSigned } from '../testing/self-signed.ts';
import { startReceiver } from '../testing/start-receiver.ts';
import { startSender } from '../testing/start-sender.ts';
import { createAgent } from './create-agent.ts';
import { createDial } from './dial.ts';

const NO_ANSWER = { status: null, response: null };

/** A server that accepts connections and says nothing. */
async function startSilence() {
  let heard = 0;
  let closed = 0;
  const server = createServer((socket) => {
    socket.on('data', (chunk) => (heard += chunk.length)).on('error', () => undefined);
    socket.on('close', () => (closed += 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { port, heard: () => heard, closed: () => closed, close: () => server.close() };
}

test('a port where nobody listens is unreachable', async () => {
  const { port, close } = await startSilence();
  close();
  const result = await startSender().send(`http://127.0.0.1:${port}`);
  const message = 'the connection was refused';
  expect(result).toMatchObject({ ...NO_ANSWER, code: 'unreachable', message });
});

test('a name that does not resolve is unreachable', async () => {
  const result = await startSender({ lookup: resolving({}) }).send('http://hooks.example.com');
  const message = 'the name could not be resolved';
  expect(result).toMatchObject({ ...NO_ANSWER, code: 'unreachable', message });
});

test('a resolver that does not answer is a timeout', async () => {
  const lookup = resolving({ 'hooks.example.com': ['never'] });
  const result = await startSender({ lookup, timeoutMs: 200 }).send('http://hooks.example.com');
  expect(result).toMatchObject({
    ...NO_ANSWER,
    code: 'timeout',
    message: 'no answer within 0.2 s',
  });
});

test('a request whose time is over before it is connected does not go out late', async () => {
  const receiver = await startReceiver();
  const asked = Promise.withResolvers<() => void>();
  let count = 0;
  const late = (_: string, __: object, callback: (error: null, found: object[]) => void) => {
    const answer = () => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    count += 1;
    if (count === 1) asked.resolve(answer);
    else answer();
  };
  const { send } = startSender({ lookup: late as unknown as typeof lookup });
  const url = `http://hooks.example.com:${receiver.port}/`;
  const controller = new AbortController();
  const pending = send(`${url}late`, controller.signal);
  const answer = await asked.promise;
  controller.abort();
  expect(await pending).toMatchObject({ code: 'interrupted' });
  answer();
  await waitFor('it is connected', () => receiver.accepted() === 1);
  expect(await send(`${url}next`)).toMatchObject({ code: 'delivered' });
  expect(receiver.received.map(({ path }) => path)).toEqual(['/next']);
});

test('a TLS handshake that hangs is a timeout', async () => {
  const { port } = await startSilence();
  const result = await startSender({ timeoutMs: 200 }).send(`https://127.0.0.1:${port}`);
  expect(result).toMatchObject({ ...NO_ANSWER, code: 'timeout' });
});

test('the next address of a name is tried when one refuses', async () => {
  const receiver = await startReceiver();
  const lookup = resolving({ 'hooks.example.com': [['127.0.0.9', '127.0.0.1']] });
  const result = await startSender({ lookup }).send(`http://hooks.example.com:${receiver.port}`);
  expect(result).toMatchObject({ code: 'delivered' });
});

test('a certificate that nobody vouches for fails, and so does plain HTTP', async () => {
  const lookup = resolving({ 'hooks.example.com': [['127.0.0.1']] });
  const tls = makeSelfSigned(['hooks.example.com']);
  const receiver = await startReceiver(undefined, { tls });
  const { send } = startSender({ lookup });
  const failed = { ...NO_ANSWER, code: 'tls_failed' };
  expect(await send(`https://hooks.example.com:${receiver.port}`)).toMatchObject({
    ...failed,
    message: 'TLS: the certificate is self-signed',
  });
  expect(receiver.received).toHaveLength(0);
  const plain = await startReceiver();
  expect(await send(`https://hooks.example.com:${plain.port}`)).toMatchObject({
    ...failed,
    message: expect.stringMatching(/^TLS: [A-Z_]+$/),
  });
});

test('a certificate of a known authority delivers, but under its own name only', async () => {
  const lookup = resolving({
    'hooks.example.com': [['127.0.0.1']],
    'other.example.com': [['127.0.0.1']],
  });
  const tls = makeSelfSigned(['hooks.example.com']);
  const known = getCACertificates('default');
  setDefaultCACertificates([...known, tls.cert]);
  onTestFinished(() => setDefaultCACertificates(known));
  const receiver = await startReceiver(undefined, { tls });
  const { send } = startSender({ lookup });
  expect(await send(`https://hooks.example.com:${receiver.port}`)).toMatchObject({ status: 200 });
  expect(await send(`https://other.example.com:${receiver.port}`)).toMatchObject({
    code: 'tls_failed',
    message: 'TLS: the certificate is for another name',
  });
});

test('a socket that ends up at a private address all the same is not written to', async () => {
  const silence = await startSilence();
  const lookup = resolving({ 'hooks.example.com': [['127.0.0.1']] });
  const policy = { allowPrivate: false, lookup: resolving({ 'hooks.example.com': [['1.1.1.1']] }) };
  const dial = createDial(policy, 1_000, (options) => buildConnector({ ...options, lookup }));
  const [host, protocol] = ['hooks.example.com', 'http:'];
  const failure = await new Promise((resolve) => {
    dial({ hostname: host, host, protocol, port: String(silence.port) }, (...[error]) =>
      resolve(error),
    );
  });
  expect(failure).toMatchObject({
    verdict: 'unsafe_address',
    message: 'the address is not allowed',
  });
  await waitFor('the connection is closed', () => silence.closed() === 1);
  expect(silence.heard()).toBe(0);
});

test('an origin is forgotten with its last connection, closed, idle or never made', async () => {
  const agent = createAgent({ allowPrivate: true, lookup: resolving({}) }, 1_000);
  onTestFinished(() => agent.close());
  for (const connection of ['close', 'keep-alive']) {
    for (let count = 0; count < 20; count += 1) {
      const receiver = await startReceiver((response) => {
        // undici leaves an idle connection 2 s before the server would.
        response.writeHead(200, { connection, 'keep-alive': 'timeout=3' }).end();
      });
      const { body } = await request(`http://127.0.0.1:${receiver.port}`, { dispatcher: agent });
      await body.dump();
    }
  }
  expect(Object.keys(agent.stats).length).toBeGreaterThanOrEqual(20);
  for (let count = 0; count < 20; count += 1) {
    const unknown = request(`http://${count}.example.com`, { dispatcher: agent });
    await expect(unknown).rejects.toMatchObject({ verdict: 'unreachable' });
  }
  await waitFor('all are forgotten', () => Object.keys(agent.stats).length === 0, 20_000);
});
