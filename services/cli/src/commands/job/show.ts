import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printJob } from '../../render/print-job.ts';
import { finishJob } from '../../watch/finish-job.ts';
import { jobArgument, waitOption, type Wait } from './arguments.ts';

interface Options extends ApiOptions {
  wait?: Wait;
}

export function addJobShow(parent: Command): void {
  addApiCommand(parent, 'show', 'how a job stands', [
    'job show JOB',
    'job show JOB --wait 60',
    'job show JOB --json | jq .job.counts',
  ])
    .addArgument(jobArgument())
    .addOption(waitOption())
    .addHelpText('after', '\nWith --wait the exit code is that of the job, once it is finished.')
    .action((id: string, { json, wait, ...options }: Options) =>
      callApi(options, async ({ usher, signal, onInterrupt }) => {
        onInterrupt(() => `stopped waiting; the job goes on: usher job show ${id}`);
        const job = await usher.jobs.get(id, { signal });
        if (wait !== undefined) await finishJob(usher, job, { signal, wait, json });
        if (json) return printJson({ job: job.data });
        printJob(job.data);
      }),
    );
}
