import { networkInterfaces } from 'node:os';
import { request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { checkUrl } from './addresses/check-url.ts';
import { createAgent } from './sending/create-agent.ts';
import { resolving } from './testing/resolving.ts';
import { startReceiver } from './testing/start-receiver.ts';
import { startSender } from './testing/start-sender.ts';

const PUBLIC = '93.184.215.14';
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((at) => at?.address === '::1');

/** Listeners on both loopback addresses, at one port, and what was accepted by either. */
async function listen() {
  const v4 = await startReceiver();
  const v6 = hasIpv6 ? await startReceiver(undefined, { host: '::1', port: v4.port }) : undefined;
  return { port: v4.port, accepted: () => v4.accepted() + (v6?.accepted() ?? 0) };
}

const hosts = (text: string) => text.trim().split(/\s+/);

// Hosts as an attacker would write them; those of the first group do reach our listeners.
const LOOPBACK = hosts(`
  127.0.0.1 127.0.0.1. 2130706433 0x7f000001 017700000001 0177.0.0.1 0x7f.0.0.1 0177.0x0.1
  127.1 127.0.1 0x7f.1 0.0.0.0 0
  [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [0000::FFFF:7F00:0001]
  １２７.0.0.1 ①②⑦.0.0.1 127。0。0。1 127．0．0．1 %31%32%37.0.0.1 127%2E0.0.1
  localhost LOCALHOST localhost. ｌｏｃａｌｈｏｓｔ app.localhost intranet db.internal printer.local
  private.example.com private.example.com.
  ${hasIpv6 ? '[::1] [0:0:0:0:0:0:0:1] [::] private6.example.com' : ''}
`);
const ELSEWHERE = hosts(`
  127.255.255.254 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 100.100.100.200 192.0.0.192
  169.254.169.254 2852039166 0xA9FEA9FE 0251.0376.0251.0376 169.254.43518 168.63.129.16
  198.18.0.1 192.0.2.1 192.88.99.1 224.0.0.1 240.0.0.1 255.255.255.255
  [::127.0.0.1] [::7f00:1] [::ffff:0:7f00:1] [::ffff:169.254.169.254] [64:ff9b::127.0.0.1]
  [64:ff9b::7f00:1] [64:ff9b:1::1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1] [fec0::1] [fc00::1]
  [fd00:ec2::254] [ff02::1] [100::1] [5f00::1] [2001:db8::1] [3fff::1]
  metadata.google.internal metadata.example.com mapped.example.com compatible.example.com
  nat64.example.com zoned.example.com
`);
const MIXED = hosts('mixed.example.com mixed-last.example.com mixed6.example.com');

const resolve = () =>
  resolving({
    localhost: [['127.0.0.1']],
    'localhost.': [['127.0.0.1']],
    'app.localhost': [['127.0.0.1']],
    intranet: [['127.0.0.1']],
    'db.internal': [['127.0.0.1']],
    'printer.local': [['127.0.0.1']],
    'private.example.com': [['127.0.0.1']],
    'private.example.com.': [['127.0.0.1']],
    'private6.example.com': [['::1']],
    'mapped.example.com': [['::ffff:127.0.0.1']],
    'compatible.example.com': [['::127.0.0.1']],
    'nat64.example.com': [['64:ff9b::7f00:1']],
    'metadata.example.com': [['169.254.169.254']],
    'metadata.google.internal': [['169.254.169.254']],
    'zoned.example.com': [['fe80::1%lo']],
    'mixed.example.com': [['127.0.0.1', PUBLIC]],
    'mixed-last.example.com': [[PUBLIC, '2606:4700:4700::1111', '127.0.0.1']],
    'mixed6.example.com': [[PUBLIC, '::1']],
    'rebinding.example.com': [[PUBLIC], ['127.0.0.1']],
    'rebinding-mixed.example.com': [[PUBLIC], [PUBLIC, '::1']],
    'late.example.com': ['never', ['127.0.0.1']],
  });

const guarded = () => ({ allowPrivate: false, lookup: resolve() });
const UNSAFE = {
  code: 'unsafe_address',
  status: null,
  response: null,
  message: 'the address is not allowed',
};

test.each([...LOOPBACK, ...ELSEWHERE, ...MIXED])(
  'https://%s is refused when registered, when sent to, and when dialled',
  async (host) => {
    const { port, accepted } = await listen();
    const url = `https://${host}:${port}/`;
    expect(await checkUrl(url, guarded())).toEqual({ refusal: 'must be a public address' });
    expect(await startSender(guarded()).send(url)).toMatchObject(UNSAFE);
    // Without the check of the URL: that of the dial stands alone.
    const agent = createAgent(guarded(), 2_000);
    onTestFinished(() => agent.close());
    const dialled = request(url, { dispatcher: agent, method: 'POST' });
    await expect(dialled).rejects.toMatchObject({ verdict: 'unsafe_address' });
    expect(accepted()).toBe(0);
  },
);

test.each(LOOPBACK)(
  'https://%s reaches the listener once private addresses are allowed: the tests above can fail',
  async (host) => {
    const { port, accepted } = await listen();
    const { send } = startSender({ allowPrivate: true, lookup: resolve() });
    // A plain listener cannot shake hands, but it counts.
    expect(await send(`https://${host}:${port}/`)).toMatchObject({ code: 'tls_failed' });
    expect(accepted()).toBe(1);
    expect(await send(`http://${host}:${port}/`)).toMatchObject({ code: 'delivered' });
    expect(accepted()).toBe(2);
  },
);

test.each(['rebinding.example.com', 'rebinding-mixed.example.com', 'late.example.com'])(
  '%s is public or silent when registered and private afterwards: every dial checks again',
  async (host) => {
    const { port, accepted } = await listen();
    const url = `https://${host}:${port}/`;
    const policy = guarded();
    expect(await checkUrl(url, policy)).toEqual({ url });
    const { send } = startSender(policy);
    expect(await send(url)).toMatchObject(UNSAFE);
    expect(await send(url)).toMatchObject(UNSAFE);
    expect(accepted()).toBe(0);
  },
);

test('an endpoint of http that was registered in development is not dialled when guarded', async () => {
  const { port, accepted } = await listen();
  const { send } = startSender(guarded());
  expect(await send(`http://private.example.com:${port}/`)).toMatchObject(UNSAFE);
  expect(await send('http://user:pw@private.example.com/')).toMatchObject(UNSAFE);
  expect(accepted()).toBe(0);
});

test.each(['127.0.0.1', '[::ffff:127.0.0.1]', 'private.example.com'])(
  'a redirect to %s is not followed, whatever the policy',
  async (host) => {
    const { port, accepted } = await listen();
    const redirecting = await startReceiver((response) => {
      response.writeHead(308, { location: `http://${host}:${port}/` }).end();
    });
    const { send } = startSender({ allowPrivate: true, lookup: resolve() });
    const result = await send(`http://127.0.0.1:${redirecting.port}/`);
    expect(result).toMatchObject({ code: 'redirected', status: 308 });
    expect(redirecting.accepted()).toBe(1);
    expect(accepted()).toBe(0);
  },
);
