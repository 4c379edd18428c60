import type { Command } from 'commander';
import { readAddresses } from '../config.ts';
import { addExamples } from '../examples.ts';
import { jsonOption } from '../json-option.ts';
import { migrateAll } from '../migrate-all.ts';
import { printJson, printLine } from '../print.ts';
import { reachingPostgres } from '../with-database.ts';

export function addMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .description("bring the database's and the queue's schema up to date; safe to repeat")
    .addOption(jsonOption())
    .action(async (options: { json?: boolean }) => {
      const { databaseUrl, queueUrl } = readAddresses(process.env);
      const { SCHEMA_VERSION } = await import('@usher/db');
      const applied = await reachingPostgres(() => migrateAll(databaseUrl, queueUrl));
      if (options.json) return printJson({ applied, schema: SCHEMA_VERSION });
      for (const name of applied) printLine(`applied ${name}`);
      printLine(`The schema is up to date (${SCHEMA_VERSION}).`);
    });
  addExamples(command, ['migrate', 'migrate --json']);
}
