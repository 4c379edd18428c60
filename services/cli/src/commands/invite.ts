import { email, text } from '@usher/contracts';
import type { BulkInviteJob, Target } from '@usher/sdk';
import { Option, type Command } from 'commander';
import { addApiCommand } from '../api/api-command.ts';
import { callApi, type ApiOptions } from '../api/call-api.ts';
import { CommandFailed } from '../exit-codes.ts';
import { as, collectIds, count } from '../parse-arguments.ts';
import { printJson, printLine } from '../print.ts';
import { describeCounts, printJob } from '../render/print-job.ts';
import { createTargetTable } from '../render/print-targets.ts';
import { finishJob } from '../watch/finish-job.ts';

const LONGEST_S = 86_400;
/** Of more than this, a person sees only what did not succeed. */
const ALL_SHOWN = 50;

interface Options extends ApiOptions {
  email: string;
  website?: string[];
  group?: string[];
  method: 'direct' | 'email';
  role: 'admin' | 'viewer';
  firstName?: string;
  lastName?: string;
  wait?: number;
  async?: boolean;
}

export function addInvite(program: Command): void {
  addApiCommand(program, 'invite', 'invite one address to websites or groups', [
    'invite --email ann@example.com --website ID --website ID',
    'invite --email ann@example.com --group ID --method direct --role admin',
    'invite --email ann@example.com --website ID --async --json | jq -r .job.id',
  ])
    .requiredOption('--email <address>', 'whom to invite', as(email))
    .option('--website <id...>', 'to these websites', collectIds)
    .option('--group <id...>', 'or to these groups', collectIds)
    .addOption(
      new Option('--method <method>', 'by one email for all of them, or directly and without')
        .choices(['email', 'direct'])
        .default('email'),
    )
    .addOption(
      new Option('--role <role>', 'what they may do')
        .choices(['admin', 'viewer'])
        .default('viewer'),
    )
    .option('--first-name <name>', 'their first name', as(text(1, 255)))
    .option('--last-name <name>', 'their last name', as(text(1, 255)))
    .addOption(
      new Option('--wait <seconds>', 'wait no longer; otherwise as long as it takes')
        .argParser(count(LONGEST_S))
        .conflicts('async'),
    )
    .option('--async', 'do not wait')
    .addHelpText(
      'after',
      '\nWith --json: {"job", "targets"}; without waiting, {"job"}. The exit code is 0 if all\n' +
        'succeeded, 3 if some did, 1 if none did.',
    )
    .action((options: Options) => invite(options));
}

async function invite(options: Options): Promise<void> {
  const { json, wait = true } = options;
  const body = toBody(options);
  await callApi(options, async ({ usher, signal, onInterrupt }) => {
    const job = await usher.jobs.submit(body, { signal });
    onInterrupt(() => `stopped waiting; the invite goes on: usher job watch ${job.id}`);
    if (options.async) {
      if (json) return printJson({ job: job.data });
      printJob(job.data);
      return printLine(`Next: usher job watch ${job.id}`);
    }
    await finishJob(usher, job, { signal, wait, json });
    const targets: Target[] = [];
    for await (const target of job.targets({}, { signal })) targets.push(target);
    if (json) return printJson({ job: job.data, targets });
    const shown =
      targets.length > ALL_SHOWN ? targets.filter(({ status }) => status !== 'succeeded') : targets;
    if (shown.length > 0) createTargetTable().add(shown);
    printLine(`${describeCounts(job.data)}. Job ${job.id}`);
  });
}

/** @throws {CommandFailed} unless it is either for websites or for groups. */
function toBody({
  website,
  group,
  ...options
}: Options): BulkInviteJob & { validate_only?: false } {
  if ((website === undefined) === (group === undefined)) {
    throw new CommandFailed('usage', 'name websites (--website) or groups (--group), and not both');
  }
  return {
    kind: 'bulk-invite',
    invite_method: options.method,
    email: options.email,
    role: options.role,
    ...(options.firstName !== undefined && { first_name: options.firstName }),
    ...(options.lastName !== undefined && { last_name: options.lastName }),
    ...(website ? { website_ids: website } : { group_ids: group ?? [] }),
    validate_only: false,
  };
}
