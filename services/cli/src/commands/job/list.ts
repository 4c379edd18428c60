import { JOB_STATES } from '@usher/contracts';
import type { JobState } from '@usher/sdk';
import { Option, type Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { addPageOptions, readPage, toPage, type PageOptions } from '../../page-options.ts';
import { printJson, printLine } from '../../print.ts';
import { printJobs } from '../../render/print-job.ts';

interface Options extends ApiOptions, PageOptions {
  state?: JobState;
  kind?: string;
}

export function addJobList(parent: Command): void {
  const command = addApiCommand(parent, 'list', 'jobs, newest first', [
    'job list',
    'job list --state running',
    "job list --kind bulk-invite --limit 200 --json | jq -r '.jobs[].id'",
  ])
    .addOption(new Option('--state <state>', 'only these').choices(JOB_STATES))
    .addOption(
      new Option('--kind <kind>', 'only these').choices([
        'bulk-invite',
        'billing-provisioning',
        'roster-sync',
      ]),
    );
  addPageOptions(command).action((options: Options) =>
    callApi(options, async ({ usher, signal }) => {
      const { state, kind, json } = options;
      const list = usher.jobs.list({ state, kind, ...toPage(options) }, { signal });
      const { items: jobs, next_cursor } = await readPage(list, json);
      if (json) return printJson({ jobs, next_cursor });
      if (jobs.length === 0) return printLine('No such jobs.');
      printJobs(jobs);
    }),
  );
}
