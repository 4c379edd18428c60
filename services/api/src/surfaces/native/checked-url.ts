import { PublicError } from '@usher/contracts';
import { checkUrl } from '@usher/webhooks';
import type { Context } from '../../context.ts';

/**
 * The address as it will be called. Asks the DNS: not inside a transaction.
 * @throws {PublicError} `invalid_request` for one that webhooks may not go to.
 */
export async function checkedUrl(
  { addresses }: Context,
  url: string,
  path = 'url',
): Promise<string> {
  const checked = await checkUrl(url, addresses);
  if ('url' in checked) return checked.url;
  throw new PublicError('invalid_request', `Validation failed: ${path}: ${checked.refusal}`, {
    details: [{ path, message: checked.refusal }],
  });
}
