import { createDocument } from '@usher/openapi';
import { expect, test } from 'vitest';
import type { Usher } from '../index.ts';
import { startFakeServer } from '../testing/fake-server.ts';

/** Every method, once. */
async function callEverything(usher: Usher): Promise<void> {
  const invite = { invite_method: 'direct', email: 'a@example.com' } as const;
  await usher.invites.bulk({ ...invite, website_ids: ['w'] });
  await usher.invites.create({ ...invite, type: 'organization' });
  await usher.invites.revoke('1');
  await usher.groups.create({ name: 'Ours', website_ids: ['w'] });
  await usher.groups.list({ external_id: 'x' });
  await usher.groups.get('1');
  await usher.groups.update('1', { name: 'Ours' });
  await usher.websites.create({ url: 'example.com' });
  await usher.websites.list();
  await usher.members.list('1');
  await usher.members.remove('1', '2');
  await usher.credits.get('1');
  await usher.credits.set({ group_id: '1', monthly: 5 });
  const job = await usher.jobs.submit({ kind: 'billing-provisioning', group_ids: ['g'] });
  await usher.jobs.preview({ kind: 'billing-provisioning', group_ids: ['g'] });
  await usher.jobs.list().page();
  await job.refresh();
  await job.wait();
  await job.targets().page();
  await job.watch().next();
  await job.cancel();
  await job.pause();
  await job.resume();
  await job.redrive({ codes: ['not_found'] });
  await usher.invitations.accept({ token: 't' });
  await usher.invitations.list().page();
  await usher.invitations.get('1');
  await usher.invitations.revoke('1');
  await usher.invitations.resend('1');
  await usher.webhookEndpoints.create({ url: 'https://example.com' });
  await usher.webhookEndpoints.list().page();
  await usher.webhookEndpoints.get('1');
  await usher.webhookEndpoints.update('1', { enabled: false });
  await usher.webhookEndpoints.delete('1');
  await usher.webhookEndpoints.enable('1');
  await usher.webhookEndpoints.rotate('1');
  await usher.webhookEndpoints.test('1');
  await usher.webhookEndpoints.recover('1');
  await usher.deliveries.list().page();
  await usher.deliveries.get('1');
  await usher.deliveries.replay('1');
  await usher.deliveries.replayAll({ event_id: '1' });
  await usher.auditLog.list().page();
}

const LISTS = ['jobs', 'targets', 'invitations', 'webhook_endpoints', 'deliveries', 'entries'];
const EMPTY_PAGE = { ...Object.fromEntries(LISTS.map((name) => [name, []])), next_cursor: '' };

/** `GET /jobs/{}/targets`: an operation, whatever its parameters are called. */
const shapeOf = (method: string, path: string) =>
  `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`;

const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;

test('every operation of the documents of Athena and native is reached, and nothing else', async () => {
  const documented = [createDocument('athena'), createDocument('native')].flatMap(({ paths }) =>
    Object.entries(paths ?? {}).flatMap(([path, operations]) =>
      METHODS.filter((method) => operations[method]).map((method) => shapeOf(method, path)),
    ),
  );
  expect(documented.length).toBeGreaterThan(35);
  const server = await startFakeServer((response, { url }) => {
    if (url.endsWith('/events')) return response.writeHead(204).end();
    return response.end(JSON.stringify({ job: { id: '1', finished_at: 'then' }, ...EMPTY_PAGE }));
  });
  await callEverything(server.client());
  const reached = server.requests.map(({ method, url }) => {
    const path = url.split('?', 1)[0] as string;
    return shapeOf(method, path.replace('/api/v1', '').replaceAll(/\/[12](?=\/|$)/g, '/{}'));
  });
  expect([...new Set(reached)].toSorted()).toEqual(documented.toSorted());
});
