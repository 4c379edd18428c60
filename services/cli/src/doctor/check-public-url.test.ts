import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { checkPublicUrl } from './check-public-url.ts';
import { readSettings } from './read-settings.ts';

test('an API that listens on IPv6 alone is found without PUBLIC_URL', async () => {
  const api = createServer(({ url }, response) => {
    if (url === '/health/ready') return response.writeHead(200).end('{}');
    return response.writeHead(401).end('{"code": "unauthorized"}');
  });
  await new Promise<void>((resolve) => api.listen(0, '::1', resolve));
  onTestFinished(() => void api.close());
  const { port } = api.address() as AddressInfo;
  const settings = readSettings({ HOST: '::1', PORT: String(port) });
  expect(await checkPublicUrl(settings)).toMatchObject([
    { status: 'ok', found: `the API answers at http://[::1]:${port}, and is ready` },
  ]);
});

test('a HOST that no address can hold is told, and the other checks go on', async () => {
  const settings = readSettings({ HOST: 'not a host' });
  expect(await checkPublicUrl(settings)).toMatchObject([{ status: 'problem' }]);
});
