import { createHash } from 'node:crypto';
import { DEFAULT_EVENT_TYPES, type EndpointWithSecret } from '@usher/contracts';
import { createDatabase, newId, type Database, type Delivery } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase } from '../../../../test/support/database.ts';
import { createEndpoint, type NewEndpoint } from '../create-endpoint.ts';
import { publishEvents } from '../publish-events.ts';

/** A database of the test file's own; call it at the top level, and read `db` inside tests. */
export function useDatabase(): { db: Kysely<Database> } {
  const use = {} as { db: Kysely<Database> };
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const database = await createTestDatabase();
    const db = createDatabase({ url: database.url, application: 'events-test', poolSize: 20 });
    use.db = db;
    close = async () => {
      await db.destroy();
      await database.drop();
    };
  });
  afterAll(() => close());
  return use;
}

/** Stands in for encryption: it cannot be read, and is another for each endpoint. */
export const seal = (secret: string, endpointId: string): Buffer =>
  createHash('sha256').update(secret).update(endpointId).digest();

export async function anOrganization(db: Kysely<Database>): Promise<string> {
  const id = newId();
  await db.insertInto('organizations').values({ id, name: 'Acme' }).execute();
  return id;
}

export const anEndpoint = (
  db: Kysely<Database>,
  orgId: string,
  wanted: Partial<NewEndpoint> = {},
): Promise<EndpointWithSecret> =>
  db.transaction().execute((trx) =>
    createEndpoint(trx, {
      orgId,
      url: 'https://hooks.example/in',
      eventTypes: DEFAULT_EVENT_TYPES,
      inOrder: false,
      secret: 'whsec_test',
      seal,
      ...wanted,
    }),
  );

/** An event that default endpoints hear of. @returns its id. */
export async function anEvent(
  db: Kysely<Database>,
  orgId: string,
  data: object = {},
): Promise<string> {
  const mark = newId();
  await db
    .transaction()
    .execute((trx) =>
      publishEvents(trx, [{ orgId, type: 'invitation.accepted', data: { ...data, mark } }]),
    );
  const { rows } = await sql<{ id: string }>`
    select id from events where data ->> 'mark' = ${mark}`.execute(db);
  return rows[0]!.id;
}

/** Deliveries of an organization, the oldest first. */
export const deliveriesOf = (db: Kysely<Database>, orgId: string): Promise<Delivery[]> =>
  db.selectFrom('deliveries').selectAll().where('org_id', '=', orgId).orderBy('id').execute();

export const tasksOf = (db: Kysely<Database>, orgId: string) =>
  db.selectFrom('tasks').selectAll().where('org_id', '=', orgId).orderBy('id').execute();

/** As a worker leaves a delivery when it has ended. */
export async function end(
  db: Kysely<Database>,
  deliveryId: string,
  state: 'delivered' | 'exhausted' | 'disabled',
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('tasks').where('subject_id', '=', deliveryId).execute();
    await trx
      .updateTable('deliveries')
      .set({ state, ended_at: new Date(), attempts: 3, last_code: state })
      .where('id', '=', deliveryId)
      .execute();
  });
}

/** As if everything of an organization had happened so many days before. */
export async function ageBy(db: Kysely<Database>, orgId: string, days: number): Promise<void> {
  const past = sql<Date>`now() - make_interval(days => ${days})`;
  await db.updateTable('events').set({ created_at: past }).where('org_id', '=', orgId).execute();
  await db
    .updateTable('deliveries')
    .set({ created_at: past })
    .where('org_id', '=', orgId)
    .execute();
}

/** A job as it is inserted, or as its end leaves it. */
export async function aJob(
  db: Kysely<Database>,
  orgId: string,
  finishedDaysAgo: number | null = null,
): Promise<string> {
  const id = newId();
  const finished_at =
    finishedDaysAgo === null ? null : new Date(Date.now() - finishedDaysAgo * 86_400_000);
  await db
    .insertInto('jobs')
    .values({
      id,
      org_id: orgId,
      kind: 'bulk-invite',
      input: '{}',
      target_ids: [newId()],
      total: 1,
      remaining: finished_at === null ? 1 : 0,
      succeeded: finished_at === null ? 0 : 1,
      finished_at,
    })
    .execute();
  return id;
}
