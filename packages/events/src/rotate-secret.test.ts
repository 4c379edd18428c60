import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { rotateSecret } from './rotate-secret.ts';
import { anEndpoint, anOrganization, seal, useDatabase } from './testing/use-events.ts';

const use = useDatabase();

const rotate = (orgId: string, endpointId: string, secret: string) =>
  use.db.transaction().execute((trx) => rotateSecret(trx, { orgId, endpointId, secret, seal }));

async function secretsOf(
  endpointId: string,
): Promise<Array<[sealed: string, hours: number | null]>> {
  const { rows } = await sql<{ sealed: Buffer; hours: number | null }>`
    select sealed, round(extract(epoch from expires_at - now()) / 3600)::float8 as hours
    from webhook_secrets where endpoint_id = ${endpointId} order by id`.execute(use.db);
  return rows.map(({ sealed, hours }) => [sealed.toString('hex'), hours]);
}

const sealed = (secret: string, endpointId: string) => seal(secret, endpointId).toString('hex');

test('the secret before a new one goes on signing for 24 hours', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId, { secret: 'first' });
  expect(await rotate(orgId, id, 'second')).toMatchObject({ id, secret: 'second' });
  expect(await secretsOf(id)).toEqual([
    [sealed('first', id), 24],
    [sealed('second', id), null],
  ]);
});

test('five secrets sign at most, and those that have ended are gone with the next rotation', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId, { secret: 'first' });
  for (const secret of ['2', '3', '4', '5']) await rotate(orgId, id, secret);
  const before = await secretsOf(id);
  expect(before).toHaveLength(5);
  await expect(rotate(orgId, id, '6')).rejects.toMatchObject({ code: 'state_conflict' });
  expect(await secretsOf(id)).toEqual(before);

  await sql`update webhook_secrets set expires_at = now() - interval '1 second'
    where sealed = ${seal('first', id)}`.execute(use.db);
  await rotate(orgId, id, '6');
  const kept = ['2', '3', '4', '5', '6'].map((secret) => sealed(secret, id));
  expect((await secretsOf(id)).map(([each]) => each)).toEqual(kept);
});

test('of rotations at once each makes a secret of its own, and one is current', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId, { secret: 'first' });
  const made = await Promise.allSettled(
    ['2', '3', '4', '5', '6', '7'].map((secret) => rotate(orgId, id, secret)),
  );
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  const secrets = await secretsOf(id);
  expect(secrets).toHaveLength(5);
  expect(secrets.filter(([, hours]) => hours === null)).toHaveLength(1);
});

test('nobody rotates the secret of another organization’s endpoint', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId, { secret: 'first' });
  await expect(rotate(await anOrganization(use.db), id, 'theirs')).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(await secretsOf(id)).toEqual([[sealed('first', id), null]]);
});
