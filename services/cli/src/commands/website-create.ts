import { createWebsiteBody, text, uuid } from '@usher/contracts';
import type { NewWebsite } from '@usher/directory';
import type { Command } from 'commander';
import { assertOrganization } from '../assert-organization.ts';
import { readAddresses } from '../config.ts';
import { addExamples } from '../examples.ts';
import { jsonOption } from '../json-option.ts';
import { as, count } from '../parse-arguments.ts';
import { printJson, printTable } from '../print.ts';
import { withDatabase } from '../with-database.ts';

const MAX_AT_ONCE = 10_000;

interface Options {
  org: string;
  url: string;
  name?: string;
  count?: number;
  json?: boolean;
}

export function addWebsiteCreate(parent: Command): void {
  const command = parent
    .command('create')
    .description('add a website, or many of them to try things with')
    .requiredOption('--org <id>', 'the organization', as(uuid))
    .requiredOption('--url <url>', 'its address', as(createWebsiteBody.shape.url))
    .option('--name <name>', 'its name; without it, the address', as(text(1, 255)))
    .option('--count <n>', 'that many, with numbered addresses and names', count(MAX_AT_ONCE))
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const { databaseUrl } = readAddresses(process.env);
      const { createWebsites } = await import('@usher/directory');
      const made = await withDatabase(databaseUrl, async (db) => {
        await assertOrganization(db, options.org);
        return createWebsites(db, options.org, numbered(options));
      });
      if (options.json) {
        const websites = made.map(({ id, url, name }) => ({
          id,
          websiteUrl: url,
          websiteName: name,
        }));
        return printJson({ websites });
      }
      printTable(
        ['id', 'address', 'name'],
        made.map(({ id, url, name }) => [id, url, name]),
      );
    });
  addExamples(command, [
    'website create --org ORG --url shop.example --name Shop',
    'website create --org ORG --url shop.example --count 20',
  ]);
}

/** `shop.example` three times: `shop-1.example`, `shop-2.example`, `shop-3.example`. */
export function numbered({ url, name, count: many = 1 }: Omit<Options, 'org'>): NewWebsite[] {
  if (many === 1) return [{ url, name: name ?? null }];
  return Array.from({ length: many }, (_, index) => ({
    url: url.replace(/^[^./:?#]*/, (label) => `${label}-${index + 1}`),
    name: name ? `${name} ${index + 1}` : null,
  }));
}
