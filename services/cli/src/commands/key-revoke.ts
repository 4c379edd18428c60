import { uuid } from '@usher/contracts';
import type { Command } from 'commander';
import { apiKeyDocument } from '../api-key-document.ts';
import { readAddresses } from '../config.ts';
import { addExamples } from '../examples.ts';
import { jsonOption } from '../json-option.ts';
import { as } from '../parse-arguments.ts';
import { printJson, printLine } from '../print.ts';
import { withDatabase } from '../with-database.ts';

export function addKeyRevoke(parent: Command): void {
  const command = parent
    .command('revoke')
    .description('end an API key at once and for good; safe to repeat')
    .argument('<id>', "the key's id, as `usher key list` shows it", as(uuid))
    .addOption(jsonOption())
    .action(async (keyId: string, options: { json?: boolean }) => {
      const { databaseUrl } = readAddresses(process.env);
      const { revokeApiKey } = await import('@usher/directory');
      const key = await withDatabase(databaseUrl, (db) => revokeApiKey(db, { keyId }));
      if (options.json) return printJson(apiKeyDocument(key));
      printLine(`API key ${key.id} (${key.prefix}…) is revoked.`);
    });
  addExamples(command, ['key revoke KEY']);
}
