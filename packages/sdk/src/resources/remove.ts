import { isUsherError } from '../errors.ts';
import type { CallOptions } from '../transport/call.ts';
import type { Transport } from '../transport/transport.ts';

/** DELETE. What is gone when an answer was lost, was taken away by the request that lost it. */
export async function remove(
  transport: Transport,
  path: string,
  options: CallOptions | undefined,
): Promise<void> {
  try {
    await transport.request({ ...options, method: 'DELETE', path });
  } catch (error) {
    if (!isUsherError(error, 'not_found') || !error.afterLost) throw error;
  }
}
