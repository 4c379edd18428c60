import { Command } from 'commander';
import { addBillingReconcile } from './commands/billing-reconcile.ts';
import { addDemo } from './commands/demo.ts';
import { addKeyCreate } from './commands/key-create.ts';
import { addKeyList } from './commands/key-list.ts';
import { addKeyRevoke } from './commands/key-revoke.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOrgCreate } from './commands/org-create.ts';
import { addUp } from './commands/up.ts';
import { addWebsiteCreate } from './commands/website-create.ts';

const AFTERWORD = `
DATABASE_URL names the database; without it, the stack that runs under \`npm start\` is used.
--json prints exactly one JSON document on standard output. Errors are one line on standard error,
also with --json; the exit code is then 1, or 2 when the command was written wrongly.`;

/** The whole command line, ready to parse. Wrong usage and help are thrown as CommanderError. */
export function createProgram(): Command {
  const program = new Command('usher')
    .description('Bulk invites as jobs that survive anything.')
    .addHelpText('after', AFTERWORD)
    .exitOverride()
    // Whoever catches the error prints it.
    .configureOutput({ outputError: () => undefined });
  addUp(program);
  addDemo(program);
  addMigrate(program);
  addOrgCreate(program.command('org').description('Organizations'));
  const key = program.command('key').description('API keys');
  addKeyCreate(key);
  addKeyList(key);
  addKeyRevoke(key);
  addWebsiteCreate(program.command('website').description('Websites'));
  addBillingReconcile(program.command('billing').description('Billing of groups'));
  return program;
}
