import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { exitCodeOfJob } from '../../api/exit-code-of.ts';
import { headerText } from '../../parse-arguments.ts';
import { printJob } from '../../render/print-job.ts';
import { followJob } from '../../watch/follow-job.ts';
import { watchingView } from '../../watch/job-views.ts';
import { jobArgument } from './arguments.ts';

interface Options extends ApiOptions {
  after?: string;
}

export function addJobWatch(parent: Command): void {
  addApiCommand(parent, 'watch', 'see the outcomes of a job as they come, until it is finished', [
    'job watch JOB',
    'job watch JOB --json | jq -c \'select(.event == "target") | .data\'',
    'job watch JOB --after EVENT',
  ])
    .addArgument(jobArgument())
    .option(
      '--after <event>',
      'go on after this event, which an earlier watch has told',
      headerText,
    )
    .addHelpText(
      'after',
      '\nIt goes on by itself when the API restarts. With --json, each event is a line:\n' +
        '{"event": "target"|"progress"|"finished", "id", "data"}. The exit code is that of the job.',
    )
    .action((id: string, options: Options) =>
      callApi(options, async ({ usher, signal, onInterrupt }) => {
        let last = options.after;
        onInterrupt(
          () =>
            `stopped watching; the job goes on. Go on watching with: usher job watch ${id}${last === undefined ? '' : ` --after ${last}`}`,
        );
        const job = await followJob(usher, id, {
          signal,
          lastEventId: options.after,
          view: watchingView(options.json),
          onEvent: (event) => (last = event.id),
        });
        process.exitCode = exitCodeOfJob(job);
        if (!options.json) printJob(job);
      }),
    );
}
