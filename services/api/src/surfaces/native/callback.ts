import { PublicError } from '@usher/contracts';
import { addCallback } from '@usher/events';
import type { Submission } from '@usher/jobs';
import { checkUrl, createSecret } from '@usher/webhooks';
import type { Context } from '../../context.ts';

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
  { addresses, sealer }: Context,
  orgId: string,
  callbackUrl: string | undefined,
): Promise<Callback | undefined> {
  if (callbackUrl === undefined) return undefined;
  const checked = await checkUrl(callbackUrl, addresses);
  if ('refusal' in checked) {
    throw new PublicError(
      'invalid_request',
      `Validation failed: callback_url: ${checked.refusal}`,
      {
        details: [{ path: 'callback_url', message: checked.refusal }],
      },
    );
  }
  const secret = createSecret();
  const { url } = checked;
  return {
    secret,
    accompany: (trx, jobId) => addCallback(trx, { orgId, jobId, url, secret, seal: sealer.seal }),
  };
}
