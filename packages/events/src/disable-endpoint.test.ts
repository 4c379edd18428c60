import { expect, test } from 'vitest';
import { addCallback } from './add-callback.ts';
import { disableEndpoint } from './disable-endpoint.ts';
import { listAuditLog } from './read-audit-log.ts';
import { aJob, anEndpoint, anOrganization, seal, useDatabase } from './testing/use-events.ts';

const use = useDatabase();

const disable = (orgId: string, endpointId: string) =>
  use.db
    .transaction()
    .execute((trx) => disableEndpoint(trx, { orgId, endpointId, reason: 'it answered 410 Gone' }));
const writtenOf = async (orgId: string) =>
  (await listAuditLog(use.db, orgId, { limit: 50, action: 'webhook_endpoint.disable' })).entries;

test('an endpoint that we disable ourselves is one entry, without a key', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId, { url: 'https://hooks.example/in?token=s3cret' });
  expect(await disable(orgId, id)).toBeDefined();
  expect(await disable(orgId, id)).toBeUndefined();
  expect(await writtenOf(orgId)).toEqual([
    {
      id: expect.any(String),
      at: expect.any(String),
      api_key_id: null,
      request_id: null,
      action: 'webhook_endpoint.disable',
      resource: { type: 'webhook_endpoint', id },
      before: { enabled: true },
      after: {
        enabled: false,
        disabled_reason: 'it answered 410 Gone',
        url: 'https://hooks.example/in?…',
      },
    },
  ]);
});

test('so is the callback of a job, of which nobody else is told', async () => {
  const orgId = await anOrganization(use.db);
  const jobId = await aJob(use.db, orgId);
  const id = orgId.replace(/.$/, '0');
  const callback = { id, orgId, jobId, url: 'https://a.example/', secret: 's', seal };
  await use.db.transaction().execute((trx) => addCallback(trx, callback));
  await disable(orgId, id);
  expect(await writtenOf(orgId)).toMatchObject([{ resource: { id } }]);
});
