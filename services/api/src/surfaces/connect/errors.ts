import type { ConnectError, PublicError } from '@usher/contracts';
import { toGroupId } from './ids.ts';

const MOST_DETAILS = 10;
/** Its clients wait as long as they are told if that is less than a minute, else as they like. */
const LONGEST_WAIT_MS = 59_999;

/** Connect's error body. Clients take their words from `message`, some from `error`. */
export function connectError(error: PublicError, requestId: string): ConnectError {
  const message = messageOf(error);
  return {
    timestamp: new Date().toISOString(),
    message,
    error: message,
    app_error_code: error.code,
    trace_id: requestId,
  };
}

/** Its clients try a 409 again unless they are told that it is final: all are that say no time. */
export function retryHeaders({ status, retryAfterSeconds }: PublicError): Record<string, string> {
  return {
    ...(status === 409 && retryAfterSeconds === undefined && { 'x-should-retry': 'false' }),
    ...(retryAfterSeconds !== undefined && {
      'retry-after-ms': String(Math.min(retryAfterSeconds * 1_000, LONGEST_WAIT_MS)),
    }),
  };
}

/** The message is all that there is: it names every place at fault, as this surface calls them. */
function messageOf({ code, message, details = [], existing }: PublicError): string {
  if (code === 'external_id_in_use') {
    const holder = existing ? ` (${toGroupId(existing.id)})` : '';
    return `Another group has this external_reference_id${holder}`;
  }
  if (details.length < 2) return message;
  const told = details.slice(0, MOST_DETAILS).map((each) => `${each.path}: ${each.message}`);
  const more = details.length - told.length;
  return `Validation failed: ${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
