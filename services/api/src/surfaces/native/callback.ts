import { newId } from '@usher/db';
import { addCallback, shownUrl } from '@usher/events';
import type { Submission } from '@usher/jobs';
import { createSecret } from '@usher/webhooks';
import type { Context } from '../../context.ts';
import { checkedUrl } from './checked-url.ts';

export interface Callback {
  /** Shown once, in the answer that accepts the job. */
  secret: string;
  accompany: NonNullable<Submission['accompany']>;
  /** What the audit log says of it. */
  audited: object;
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
  const id = newId();
  return {
    secret,
    accompany: (trx, jobId) => addCallback(trx, { id, orgId, jobId, url, secret, seal }),
    audited: { callback: { webhook_endpoint_id: id, url: shownUrl(url) } },
  };
}
