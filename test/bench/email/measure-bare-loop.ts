import { fileURLToPath } from 'node:url';
import { startProcess } from '@usher/infra';
import { Client } from 'pg';
import { createWorkload } from '../throughput/workload.ts';
import type { EmailRate, EmailSize, EmailVenue } from './measure-usher.ts';
import { startMailSink } from './start-mail-sink.ts';
import { verifyEmails } from './verify-emails.ts';

/** As many SMTP connections as a worker has, and as many of Postgres. */
const CONCURRENCY = 5;

/** The same rows, and pooled nodemailer: no HTTP, no queue, no second try. */
export async function measureBareLoop(venue: EmailVenue, size: EmailSize): Promise<EmailRate> {
  const database = await venue.createDatabase();
  const sink = await startMailSink();
  const observer = new Client({ connectionString: database.url });
  await observer.connect();
  try {
    const workload = await createWorkload(database.url, size);
    let line = '';
    const loop = await startProcess({
      name: 'the bare loop',
      file: fileURLToPath(import.meta.resolve('./bare-loop-main.ts')),
      args: workload.websiteIds,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        DATABASE_URL: database.url,
        SMTP_URL: sink.url,
        ORG_ID: workload.orgId,
        SUBMISSIONS: String(size.submissions),
        WARM_UP: String(size.warmUp),
        CONCURRENCY: String(CONCURRENCY),
        PIDS: JSON.stringify({ postgres: venue.postgresPid, sink: sink.pid }),
      },
      onLine: (each, stream) => void (stream === 'stdout' && (line = each)),
    });
    const { code } = await loop.exited;
    if (code !== 0) throw new Error(`the bare loop failed:\n${loop.lastLines()}`);
    await verifyEmails(observer, sink, workload, { ...size, extra: size.warmUp });
    const { seconds, cpuSeconds } = JSON.parse(line) as Omit<EmailRate, 'submissions'>;
    return { submissions: size.submissions, seconds, cpuSeconds };
  } finally {
    await observer.end();
    await sink.stop();
    await database.drop();
  }
}
