import { resolve } from 'node:path';
import type { Stack } from '@usher/infra';
import type { Command } from 'commander';
import { addExamples } from '../examples.ts';
import { migrateAll } from '../migrate-all.ts';
import { printLine } from '../print.ts';
import { describeStack } from '../stack/describe-stack.ts';
import type { SeededOrganization } from '../stack/seed.ts';
import { serviceVariables } from '../stack/service-variables.ts';
import { DATA_FOLDER, removeStackFile, writeStackFile } from '../stack/stack-file.ts';
import { stopSignal } from '../stack/stop-signal.ts';
import { withDatabase } from '../with-database.ts';

interface Options {
  fresh?: boolean;
  dataDir: string;
}

export function addUp(program: Command): void {
  const command = program
    .command('up')
    .description('run everything here: Postgres, a mail catcher, the API and a worker (npm start)')
    .option('--fresh', 'empty the data first')
    .option('--data-dir <folder>', 'where data, keys and logs are kept', DATA_FOLDER)
    .addHelpText(
      'after',
      '\nDATABASE_URL, QUEUE_URL, SMTP_URL and PORT, where set, replace the embedded parts.\n' +
        'When all of it can serve, one line `ready {…}` holds the addresses and keys as JSON.',
    )
    .action(async ({ fresh = false, dataDir }: Options) => {
      const stop = stopSignal();
      try {
        await run(resolve(dataDir), fresh, stop.signal);
      } finally {
        stop.release();
      }
    });
  addExamples(command, ['up', 'up --fresh']);
}

async function run(folder: string, fresh: boolean, signal: AbortSignal): Promise<void> {
  const stack = await startUnlessStopped(folder, fresh, signal);
  if (!stack) return;
  try {
    const { seed } = await import('../stack/seed.ts');
    const organizations = await withDatabase(stack.databaseUrl, (db) => seed(db, folder));
    const [first] = organizations;
    writeStackFile(folder, {
      pid: process.pid,
      api_url: stack.apiUrl,
      mail_url: stack.mailUrl,
      database_url: stack.databaseUrl,
      queue_url: stack.queueUrl,
      ...(first && { organization: { name: first.name, api_key: first.api_key } }),
      environment: serviceVariables(stack.environment),
    });
    printLine(describeStack(stack, organizations, folder));
    printLine(`ready ${JSON.stringify(readyDocument(stack, organizations))}`);
    const stopped = new Promise<void>((done) => {
      if (signal.aborted) done();
      signal.addEventListener('abort', () => done(), { once: true });
    });
    await Promise.race([stopped, stack.ended]);
  } finally {
    if (signal.aborted) process.stderr.write('stopping …\n');
    await stack.stop();
    removeStackFile(folder);
  }
  // Why, and its last lines, were told when it happened.
  if ((await stack.ended).code !== 0)
    throw new Error(`a part ended; the logs are in ${folder}/logs`);
}

async function startUnlessStopped(
  dataDir: string,
  fresh: boolean,
  signal: AbortSignal,
): Promise<Stack | undefined> {
  try {
    const { startStack } = await import('@usher/infra');
    const log = (line: string) => void process.stderr.write(`${line}\n`);
    return await startStack({ dataDir, fresh, log, migrate: migrateAll, signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** What scripts read of a stack; its keys are those of the API. */
function readyDocument(stack: Stack, organizations: readonly SeededOrganization[]) {
  return {
    api_url: stack.apiUrl,
    mail_url: stack.mailUrl,
    console_url: null,
    database_url: stack.databaseUrl,
    queue_url: stack.queueUrl,
    pids: stack.pids,
    organizations,
  };
}
