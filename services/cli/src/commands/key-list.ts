import { uuid } from '@usher/contracts';
import type { ApiKey } from '@usher/directory';
import type { Command } from 'commander';
import { apiKeyDocument, describeApiKey } from '../api-key-document.ts';
import { assertOrganization } from '../assert-organization.ts';
import { readAddresses } from '../config.ts';
import { addExamples } from '../examples.ts';
import { jsonOption } from '../json-option.ts';
import { as } from '../parse-arguments.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { withDatabase } from '../with-database.ts';

export function addKeyList(parent: Command): void {
  const command = parent
    .command('list')
    .description("an organization's API keys, revoked ones too")
    .requiredOption('--org <id>', 'the organization', as(uuid))
    .addOption(jsonOption())
    .action(async (options: { org: string; json?: boolean }) => {
      const { databaseUrl } = readAddresses(process.env);
      const { listApiKeys } = await import('@usher/directory');
      const keys = await withDatabase(databaseUrl, async (db) => {
        await assertOrganization(db, options.org);
        return listApiKeys(db, options.org);
      });
      if (options.json) return printJson({ keys: keys.map(apiKeyDocument) });
      if (keys.length === 0) return printLine('No keys yet.');
      printTable(
        ['id', 'prefix', 'name', 'sees', 'state'],
        keys.map((key) => [key.id, `${key.prefix}…`, key.name, describeApiKey(key), stateOf(key)]),
      );
    });
  addExamples(command, ['key list --org ORG']);
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt) return `revoked ${revokedAt.toISOString()}`;
  if (!expiresAt) return 'valid';
  const verb = expiresAt.getTime() > Date.now() ? 'valid until' : 'expired';
  return `${verb} ${expiresAt.toISOString()}`;
}
