import { Command } from 'commander';
import { addBillingReconcile } from './commands/billing-reconcile.ts';
import { addCompletion } from './commands/completion.ts';
import { addDelivery } from './commands/delivery/delivery.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addGroup } from './commands/group/group.ts';
import { addInvitation } from './commands/invitation/invitation.ts';
import { addInvite } from './commands/invite.ts';
import { addJob } from './commands/job/job.ts';
import { addKeyCreate } from './commands/key-create.ts';
import { addKeyList } from './commands/key-list.ts';
import { addKeyRevoke } from './commands/key-revoke.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOrgCreate } from './commands/org-create.ts';
import { addUp } from './commands/up.ts';
import { addWebhook } from './commands/webhook/webhook.ts';
import { addWebsiteCreate } from './commands/website-create.ts';
import { describeExitCodes } from './exit-codes.ts';

const AFTERWORD = `
What asks the API (invite, job, invitation, group, webhook, delivery) takes its address and key from
USHER_API_URL and USHER_API_KEY; what asks the database (org, key, website, billing, migrate), from
DATABASE_URL. Without them, the stack that runs under \`npm start\` is asked.

--json prints exactly one JSON document on standard output (job watch and job targets: one on each line).
Errors are one line on standard error, also with --json.

${describeExitCodes()}`;

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
  addDoctor(program);
  addInvite(program);
  addJob(program);
  addInvitation(program);
  addGroup(program);
  addWebhook(program);
  addDelivery(program);
  addMigrate(program);
  addOrgCreate(program.command('org').description('Organizations'));
  const key = program.command('key').description('API keys');
  addKeyCreate(key);
  addKeyList(key);
  addKeyRevoke(key);
  addWebsiteCreate(program.command('website').description('Websites'));
  addBillingReconcile(program.command('billing').description('Billing of groups'));
  addCompletion(program);
  return program;
}
