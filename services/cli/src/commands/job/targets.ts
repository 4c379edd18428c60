import { TARGET_CODES, TARGET_STATUSES } from '@usher/contracts';
import type { TargetCode, TargetStatus } from '@usher/sdk';
import { Option, type Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson, printLine } from '../../print.ts';
import { createTargetTable } from '../../render/print-targets.ts';
import { jobArgument } from './arguments.ts';

interface Options extends ApiOptions {
  status?: TargetStatus;
  code?: TargetCode;
}

export function addJobTargets(parent: Command): void {
  addApiCommand(parent, 'targets', 'every target of a job, in the order of the request', [
    'job targets JOB',
    'job targets JOB --status failed',
    "job targets JOB --json | jq -r 'select(.retryable) | .website_id'",
  ])
    .addArgument(jobArgument())
    .addOption(new Option('--status <status>', 'only these').choices(TARGET_STATUSES))
    .addOption(new Option('--code <code>', 'only these').choices(TARGET_CODES))
    .addHelpText('after', '\nWith --json, each target is a document on a line of its own.')
    .action((id: string, { status, code, json, ...options }: Options) =>
      callApi(options, async ({ usher, signal }) => {
        const table = createTargetTable();
        let any = false;
        for await (const { items } of usher.jobs
          .targets(id, { status, code }, { signal })
          .pages()) {
          if (items.length === 0) continue;
          any = true;
          if (json) items.forEach(printJson);
          else table.add(items);
        }
        if (!any && !json) printLine('No such targets.');
      }),
    );
}
