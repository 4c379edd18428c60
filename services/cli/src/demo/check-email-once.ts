import { setTimeout as delay } from 'node:timers/promises';
import type { JobResource } from '@usher/contracts';
import type { Stage } from './stage.ts';

/** Nobody got a second one, and the job knows that the first was taken. */
export async function checkEmailOnce(
  stage: Stage,
  jobId: string,
  recipient: string,
): Promise<void> {
  const { checks, inbox } = stage;
  const all = await inbox.of(recipient);
  checks.expect('it is the only email', all.length === 1, all.length);
  const state = await emailState(stage, jobId);
  checks.expect('the job shows it as sent', state === 'sent', state);
}

/** The recipient may see the email a moment before the worker has recorded that it was taken. */
async function emailState({ api, signal }: Stage, jobId: string): Promise<string | undefined> {
  for (let tries = 0; ; tries += 1) {
    const { body } = await api.call<{ job: JobResource }>(`GET /api/v1/jobs/${jobId}`);
    if (body.job.email?.state !== 'pending' || tries >= 50) return body.job.email?.state;
    await delay(100, undefined, { signal });
  }
}
