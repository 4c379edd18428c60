import { createDatabase, inspectDatabase } from '@usher/db';
import { inspectDispatch } from '@usher/jobs';
import { problem, reasonOf, type Check } from './check.ts';
import { checkBilling } from './check-billing.ts';
import { checkDispatch } from './check-dispatch.ts';
import { checkSchema, judgePostgres } from './check-postgres.ts';
import { checkPublicUrl } from './check-public-url.ts';
import { checkQueue } from './check-queue.ts';
import { checkSecretKey, checkWebhooks } from './check-secrets.ts';
import { checkSmtp } from './check-smtp.ts';
import { readSettings, type Settings } from './read-settings.ts';

/** Check a configuration against the parts that it names. Nothing is written anywhere. */
export async function runChecks(environment: NodeJS.ProcessEnv): Promise<Check[]> {
  const settings = readSettings(environment);
  const { DATABASE_URL: databaseUrl, QUEUE_URL: queueUrl = databaseUrl } = settings.values;
  const [database, queue, publicUrl, smtp, billing] = await Promise.all([
    databaseUrl === undefined ? [] : checkDatabase(databaseUrl, settings),
    queueUrl === undefined ? [] : checkQueue(queueUrl),
    checkPublicUrl(settings),
    checkSmtp(settings),
    checkBilling(settings),
  ]);
  return [
    ...settings.checks,
    ...checkSecretKey(settings),
    ...database,
    ...queue,
    ...publicUrl,
    ...smtp,
    ...billing,
    ...checkWebhooks(settings),
  ];
}

async function checkDatabase(url: string, { values }: Settings): Promise<Check[]> {
  const db = createDatabase({ url, application: 'usher-doctor', poolSize: 2 });
  const queueInIt = !/^rediss?:/.test(values.QUEUE_URL ?? '');
  try {
    const schema = await checkSchema(db);
    // Its tables are looked at only where they are this build's.
    const dispatch = schema.status === 'ok' ? await inspectDispatch(db) : undefined;
    const facts = await inspectDatabase(db);
    const own = judgePostgres(facts, queueInIt, dispatch?.workers ?? 0);
    return [...own, schema, ...(dispatch ? checkDispatch(dispatch) : [])];
  } catch (error) {
    const advice = 'Start it, or mend DATABASE_URL; the API answers 503 meanwhile';
    return [problem('postgres', `it cannot be used (${reasonOf(error)})`, advice)];
  } finally {
    await db.destroy();
  }
}
