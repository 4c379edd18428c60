import { addCallback } from '@usher/events';
import type { Submission } from '@usher/jobs';
import { createSecret } from '@usher/webhooks';
import type { Context } from '../../context.ts';
import { checkedUrl } from './checked-url.ts';

export interface Callback {
  /** Shown once, in the answer that accepts the job. */
  secret: string;
  accompany: NonNullable<Submission['accompany']>;
}

/**
 * A job's own endpoint, which is committed with it; undefined where none is wanted.
 * @throws {PublicError} `invalid_request` for an address that may not be called.
 */
export async function callbackOf(
  context: Context,
  orgId: string,
  callbackUrl: string | undefined,
): Promise<Callback | undefined> {
  if (callbackUrl === undefined) return undefined;
  const url = await checkedUrl(context, callbackUrl, 'callback_url');
  const secret = createSecret();
  const { seal } = context.sealer;
  return {
    secret,
    accompany: (trx, jobId) => addCallback(trx, { orgId, jobId, url, secret, seal }),
  };
}
