import { afterAll, beforeAll, expect, test } from 'vitest';
import { runUsher } from '../support/run-usher.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

let system: System;
let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  system = await startSystem({ environment: { WEBHOOK_ALLOW_PRIVATE: 'true' } });
});
afterAll(async () => {
  await system.close();
  await receiver.close();
});

const usher = (...args: string[]) =>
  runUsher(args, {
    environment: {
      USHER_API_URL: (system.apis[0] as Part).url,
      USHER_API_KEY: system.tenant.key,
    },
  });
async function json(...args: string[]) {
  const { code, stdout, stderr } = await usher(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('an endpoint is registered, tested, given a new secret and deleted from the command line', async () => {
  const url = `${receiver.url}/hook`;
  const made = await json('webhook', 'create', '--url', url, '--event', 'job.completed');
  expect(made).toMatchObject({ url, event_types: ['job.completed'], enabled: true });
  const { id } = made;
  const sent = await json('webhook', 'test', id);
  const delivered = await waitFor('the delivery', async () => {
    const delivery = await json('delivery', 'show', sent.id);
    return delivery.state === 'delivered' && delivery;
  });
  expect(delivered.log).toHaveLength(1);
  expect((await usher('delivery', 'show', sent.id)).stdout).toMatch(/attempt +at +ms +status/);

  await json('delivery', 'replay', sent.id);
  await waitFor('the same again', () => receiver.at('/hook').length === 2);
  const ids = receiver.at('/hook').map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(1);
  const { deliveries } = await json('delivery', 'list', '--endpoint', id, '--from', '2020-01-01');
  expect(deliveries.map((delivery: { id: string }) => delivery.id)).toEqual([sent.id]);

  const rotated = await usher('webhook', 'rotate', id);
  const secret = /whsec_\S+/.exec(rotated.stdout)?.[0];
  expect(secret).toBeDefined();
  expect(secret).not.toBe(made.secret);
  const listed = await usher('webhook', 'list');
  expect(listed.stdout).toContain(id);
  expect(listed.stdout).not.toContain('whsec_');
  expect((await json('webhook', 'enable', id)).enabled).toBe(true);
  expect(await json('webhook', 'delete', id)).toEqual({ id, deleted: true });
  expect((await usher('webhook', 'delete', id)).code).toBe(4);
});

test('the secret of a callback is in the answer that made its job', async () => {
  const [website] = system.tenant.websiteIds;
  const body = {
    kind: 'bulk-invite',
    invite_method: 'direct',
    email: 'ann@example.com',
    website_ids: [website],
    callback_url: `${receiver.url}/callback`,
  };
  const { stdout } = await runUsher(['job', 'submit', '--file', '-', '--wait'], {
    environment: {
      USHER_API_URL: (system.apis[0] as Part).url,
      USHER_API_KEY: system.tenant.key,
    },
    input: JSON.stringify(body),
  });
  expect(stdout).toMatch(/shown this once: whsec_\S+\n/);
  expect(stdout).toMatch(/state +succeeded/);
  await waitFor('the callback', () => receiver.at('/callback').length === 1);
});

test('a callback’s secret, said once, is not lost when the wait runs out', async () => {
  const job = {
    kind: 'bulk-invite',
    invite_method: 'direct',
    email: 'late@example.com',
    website_ids: system.tenant.websiteIds,
    callback_url: `${receiver.url}/late`,
    start_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const { code, stdout } = await runUsher(
    ['job', 'submit', '--file', '-', '--json', '--wait', '1'],
    {
      environment: {
        USHER_API_URL: (system.apis[0] as Part).url,
        USHER_API_KEY: system.tenant.key,
      },
      input: JSON.stringify(job),
    },
  );
  expect(code).toBe(8);
  expect(JSON.parse(stdout)).toMatchObject({
    job: { state: 'scheduled' },
    callback_secret: expect.stringMatching(/^whsec_/),
  });
});
