import { newId } from '@usher/db';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { cpuSecondsOf } from '../support/processes.ts';
import { contentOf } from './email-content.ts';
import { writeSubmission } from './write-submission.ts';

/**
 * The bare loop: for each submission one statement that writes what the product writes of it, committed,
 * and then its email, over pooled connections. It asks nothing, tries nothing again, and loses what was
 * not sent when it ends. Tells what it took in one line.
 */
const { DATABASE_URL, SMTP_URL, ORG_ID, SUBMISSIONS, WARM_UP, CONCURRENCY, PIDS } = process.env;
const websiteIds = process.argv.slice(2);
const concurrency = Number(CONCURRENCY);
const pids = JSON.parse(PIDS ?? '{}') as Record<string, number>;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: concurrency });
const mailer = createTransport({
  url: SMTP_URL as string,
  pool: true,
  maxConnections: concurrency,
  maxMessages: Number.POSITIVE_INFINITY,
});

await invite('warm-up', Number(WARM_UP));
const before = cpuSeconds();
const began = performance.now();
await invite('person', Number(SUBMISSIONS));
const seconds = (performance.now() - began) / 1_000;
const after = cpuSeconds();
console.log(
  JSON.stringify({
    seconds,
    cpuSeconds: Object.fromEntries(
      Object.entries(after).map(([kind, used]) => [kind, used - (before[kind] ?? 0)]),
    ),
  }),
);
mailer.close();
await pool.end();

async function invite(name: string, count: number): Promise<void> {
  let next = 1;
  const inTurn = async () => {
    for (let n = next++; n <= count; n = next++) await submit(`${name}-${n}@example.com`);
  };
  await Promise.all(Array.from({ length: concurrency }, inTurn));
}

async function submit(email: string): Promise<void> {
  const sendingId = newId();
  const written = { orgId: ORG_ID as string, websiteIds, email, sendingId };
  await pool.query(writeSubmission(written));
  await mailer.sendMail({
    from: 'Usher <usher@example.com>',
    to: email,
    messageId: `<${sendingId}@usher>`,
    ...contentOf(websiteIds.length, sendingId),
  });
}

function cpuSeconds(): Record<string, number> {
  const { user, system } = process.cpuUsage();
  const others = Object.entries(pids).map(([kind, pid]) => [kind, cpuSecondsOf(pid) ?? 0]);
  return { worker: (user + system) / 1e6, ...Object.fromEntries(others) };
}
