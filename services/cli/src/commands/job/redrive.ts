import { TARGET_CODES } from '@usher/contracts';
import type { TargetCode } from '@usher/sdk';
import { Option, type Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { finishJob } from '../../watch/finish-job.ts';
import { printJob } from '../../render/print-job.ts';
import { jobArgument, waitOption, type Wait } from './arguments.ts';

interface Options extends ApiOptions {
  code?: TargetCode[];
  resendEmail?: boolean;
  wait?: Wait;
}

export function addJobRedrive(parent: Command): void {
  addApiCommand(parent, 'redrive', 'try again what failed, as another round of the job', [
    'job redrive JOB',
    'job redrive JOB --code not_found --code canceled',
    'job redrive JOB --resend-email --wait',
  ])
    .addArgument(jobArgument())
    .addOption(
      new Option('--code <code...>', 'what ended so; without it, every failure').choices(
        TARGET_CODES,
      ),
    )
    .option('--resend-email', 'send the email at the end also if one went out before')
    .addOption(waitOption())
    .action((id: string, { code, resendEmail = false, wait, json, ...options }: Options) =>
      callApi(options, async ({ usher, signal, onInterrupt }) => {
        const body = { resend_email: resendEmail, ...(code && { codes: code }) };
        const begun = await usher.jobs.redrive(id, body, { signal });
        if (wait !== undefined) {
          onInterrupt(() => `stopped waiting; the job goes on: usher job watch ${id}`);
          await finishJob(usher, begun, { signal, wait, json });
        }
        if (json) return printJson({ job: begun.data });
        printJob(begun.data);
      }),
    );
}
