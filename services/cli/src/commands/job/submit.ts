import type { JobBody, JobHandle, JobPreview } from '@usher/sdk';
import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { colors } from '../../colors.ts';
import { headerText } from '../../parse-arguments.ts';
import { printJson, printLine } from '../../print.ts';
import { readJson } from '../../read-json.ts';
import { printJob } from '../../render/print-job.ts';
import { createTargetTable } from '../../render/print-targets.ts';
import { finishJob } from '../../watch/finish-job.ts';
import { waitOption, type Wait } from './arguments.ts';

interface Options extends ApiOptions {
  file: string;
  wait?: Wait;
  validateOnly?: boolean;
  idempotencyKey?: string;
}

export function addJobSubmit(parent: Command): void {
  addApiCommand(parent, 'submit', 'submit a job of up to 10,000 targets', [
    'job submit --file job.json',
    'job submit --file job.json --validate-only',
    'job submit --file - --wait < job.json',
  ])
    .requiredOption(
      '--file <path>',
      'the body of POST /api/v1/jobs as JSON; - reads standard input',
    )
    .option('--validate-only', 'only tell what each target would come to now')
    .option(
      '--idempotency-key <key>',
      'submitted again under the same key, it is the same job',
      headerText,
    )
    .addOption(waitOption())
    .addHelpText(
      'after',
      '\nA body: {"kind": "bulk-invite", "invite_method": "email", "email": "ann@example.com",\n' +
        '"website_ids": ["…"]}. With --wait the exit code is that of the job.',
    )
    .action(async ({ file, wait, validateOnly, idempotencyKey, json, ...options }: Options) => {
      // What it holds is the API's to judge.
      const body = (await readJson(file)) as JobBody;
      await callApi(options, async ({ usher, signal, onInterrupt }) => {
        if (validateOnly || body.validate_only) {
          const preview = await usher.jobs.preview(body, { signal, idempotencyKey });
          if (json) return printJson(preview);
          return printPreview(preview);
        }
        const job = await usher.jobs.submit(
          { ...body, validate_only: false },
          { signal, idempotencyKey },
        );
        const { callbackSecret } = job;
        // Before anything else can go wrong: no other answer has it.
        if (callbackSecret !== undefined && !json) {
          printLine(`The callback's secret, shown this once: ${colors.bold(callbackSecret)}`);
        }
        if (wait !== undefined) {
          onInterrupt(() => `stopped waiting; the job goes on: usher job watch ${job.id}`);
          try {
            await finishJob(usher, job, { signal, wait, json });
          } catch (error) {
            if (json && callbackSecret !== undefined) printJson(toDocument(job));
            throw error;
          }
        }
        if (json) return printJson(toDocument(job));
        printJob(job.data);
        if (wait === undefined) printLine(`Next: usher job watch ${job.id}`);
      });
    });
}

const toDocument = ({ data: job, callbackSecret }: JobHandle) => ({
  job,
  ...(callbackSecret !== undefined && { callback_secret: callbackSecret }),
});

function printPreview({ counts, targets }: JobPreview): void {
  createTargetTable().add(targets);
  printLine(`${counts.succeeded} of ${counts.total} would succeed. Nothing was done.`);
}
