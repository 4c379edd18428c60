import { isUsherConnectionError, isUsherError } from '@usher/sdk';
import type { UsherConnectionError, UsherError } from '@usher/sdk';

/** What the API answered, or that it did not, as one sentence or two; undefined: neither. */
export function describeApiError(error: unknown): string | undefined {
  if (isUsherError(error)) return describeAnswer(error);
  if (isUsherConnectionError(error)) return describeSilence(error);
  return undefined;
}

function describeAnswer(error: UsherError): string {
  switch (error.code) {
    case 'unauthorized':
      return `The API does not take this key: ${error.message}. Look at USHER_API_KEY.`;
    case 'unexpected_answer':
      return `What answers is not Usher's API (${error.message}). Look at USHER_API_URL.`;
    case 'external_id_in_use': {
      const { existing } = error;
      return existing
        ? `${error.message} (${existing.type} ${existing.id}, ${existing.name})`
        : error.message;
    }
    default: {
      const details = error.details.map(({ path, message }) =>
        path === '' ? message : `${path} ${message}`,
      );
      const what = [error.message, ...details].join('; ');
      // Whoever runs the API finds the rest in its log.
      return error.status >= 500 && error.requestId ? `${what} (request ${error.requestId})` : what;
    }
  }
}

function describeSilence(error: UsherConnectionError): string {
  return `The API cannot be reached: ${error.message}${causeOf(error)}. Look at USHER_API_URL, or start a stack with \`npm start\`.`;
}

/** `fetch` says only that it failed; the system's own code is below it. */
function causeOf(error: unknown): string {
  let cause: unknown = error;
  while (cause instanceof Error) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string') return ` (${code})`;
    cause = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  }
  return '';
}
