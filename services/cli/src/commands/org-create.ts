import { email, text } from '@usher/contracts';
import type { Command } from 'commander';
import { readAddresses } from '../config.ts';
import { addExamples } from '../examples.ts';
import { jsonOption } from '../json-option.ts';
import { as } from '../parse-arguments.ts';
import { printJson, printLine } from '../print.ts';
import { withDatabase } from '../with-database.ts';

interface Options {
  name: string;
  partner?: boolean;
  contactEmail?: string;
  json?: boolean;
}

export function addOrgCreate(parent: Command): void {
  const command = parent
    .command('create')
    .description('make an organization')
    .requiredOption('--name <name>', 'its name', as(text(1, 255)))
    .option('--partner', 'may give its groups external ids')
    .option('--contact-email <address>', 'whom to write to about it', as(email))
    .addOption(jsonOption())
    .action(async ({ json, ...options }: Options) => {
      const { databaseUrl } = readAddresses(process.env);
      const { createOrganization } = await import('@usher/directory');
      const made = await withDatabase(databaseUrl, (db) => createOrganization(db, options));
      if (json) {
        return printJson({
          id: made.id,
          name: made.name,
          partner: made.partner,
          contact_email: made.contactEmail,
          created_at: made.createdAt,
        });
      }
      printLine(`Organization ${made.name}: ${made.id}`);
      printLine(`Next: usher key create --org ${made.id}`);
    });
  addExamples(command, [
    'org create --name "My company"',
    'org create --name Acme --partner --json | jq -r .id',
  ]);
}
