import { text, uuid } from '@usher/contracts';
import type { Command } from 'commander';
import { colors } from '../colors.ts';
import { apiKeyDocument, describeApiKey } from '../api-key-document.ts';
import { assertOrganization } from '../assert-organization.ts';
import { readAddresses } from '../config.ts';
import { addExamples } from '../examples.ts';
import { jsonOption } from '../json-option.ts';
import { as, collectIds, futureTime } from '../parse-arguments.ts';
import { printJson, printLine } from '../print.ts';
import { withDatabase } from '../with-database.ts';

interface Options {
  org: string;
  name?: string;
  website?: string[];
  readOnly?: boolean;
  expiresAt?: Date;
  json?: boolean;
}

export function addKeyCreate(parent: Command): void {
  const command = parent
    .command('create')
    .description('make an API key; it is shown this once')
    .requiredOption('--org <id>', 'the organization it acts for', as(uuid))
    .option('--name <name>', 'what it is for', as(text(1, 255)))
    .option('--website <id...>', 'only these websites; without it, everything', collectIds)
    .option('--read-only', 'may look, not change')
    .option('--expires-at <time>', 'when it stops working, e.g. 2030-12-31T23:59:59Z', futureTime)
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const { databaseUrl } = readAddresses(process.env);
      const { createApiKey } = await import('@usher/directory');
      const { key, ...made } = await withDatabase(databaseUrl, async (db) => {
        await assertOrganization(db, options.org);
        return createApiKey(db, {
          orgId: options.org,
          readOnly: options.readOnly ?? false,
          expiresAt: options.expiresAt ?? null,
          ...(options.name ? { name: options.name } : {}),
          ...(options.website ? { websiteIds: options.website } : {}),
        });
      });
      if (options.json) {
        const { id, org_id, name, prefix, revoked_at: _, ...rest } = apiKeyDocument(made);
        return printJson({ id, org_id, name, prefix, api_key: key, ...rest });
      }
      printLine(`API key ${made.id} (${describeApiKey(made)}):`);
      printLine(`  ${colors.bold(key)}`);
      printLine('Keep it now: it is not stored and cannot be shown again.');
    });
  addExamples(command, [
    'key create --org ORG --name "back office"',
    'key create --org ORG --website SITE --read-only --expires-at 2030-12-31',
  ]);
}
