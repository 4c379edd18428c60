import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printJob } from '../../render/print-job.ts';
import { jobArgument } from './arguments.ts';

/** What can be done to a job that has not finished; each may be repeated. */
const STEERING = {
  cancel: 'let what has not begun end canceled; what runs, finishes',
  pause: 'begin nothing more of a job, until it is resumed',
  resume: 'go on with a job that is paused',
} as const;

export function addJobSteering(parent: Command): void {
  for (const [verb, about] of Object.entries(STEERING) as Array<[keyof typeof STEERING, string]>) {
    addApiCommand(parent, verb, about, [`job ${verb} JOB`])
      .addArgument(jobArgument())
      .action((id: string, { json, ...options }: ApiOptions) =>
        callApi(options, async ({ usher, signal }) => {
          const { data: job } = await usher.jobs[verb](id, { signal });
          if (json) return printJson({ job });
          printJob(job);
        }),
      );
  }
}
