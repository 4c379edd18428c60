import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { expect, onTestFinished, test } from 'vitest';
import { askServers } from './resolve-name.ts';

const A = 1;
const V4 = [127, 0, 0, 1];
const V6 = [...Array.from({ length: 15 }, () => 0), 1];

/** A name server with one answer to each type, but none to `silentOn`; it knows no `unknown.…`. */
async function startNameServer(silentOn?: number) {
  const server = createSocket('udp4');
  server.on('message', (query, { port, address }) => {
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const type = question.readUInt16BE(question.length - 4);
    if (type === silentOn) return;
    const unknown = question.toString('latin1', 1, 8) === 'unknown';
    const data = Buffer.from(type === A ? V4 : V6);
    const record = [0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data];
    const head = [0x81, unknown ? 0x83 : 0x80, 0, 1, 0, unknown ? 0 : 1, 0, 0, 0, 0];
    const answer = Buffer.from([...query.subarray(0, 2), ...head, ...question]);
    server.send(unknown ? answer : Buffer.concat([answer, Buffer.from(record)]), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const resolver = new Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  return resolver;
}

test('name servers are asked for both families', async () => {
  const resolver = await startNameServer();
  expect(await askServers('hooks.example.com', resolver)).toEqual([
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]);
});

test.each([
  [1, '::1'],
  [28, '127.0.0.1'],
])('a server that is silent on type %i leaves %s', async (silentOn, address) => {
  const resolver = await startNameServer(silentOn);
  expect(await askServers('hooks.example.com', resolver)).toMatchObject([{ address }]);
});

test('a name that does not exist is an error', async () => {
  const resolver = await startNameServer();
  await expect(askServers('unknown.example.com', resolver)).rejects.toThrow('has no address');
});
