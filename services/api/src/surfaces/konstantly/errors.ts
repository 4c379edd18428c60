import type { ErrorDetail, PublicError } from '@usher/contracts';

/** Konstantly's error body: the status again, a message, and what is wrong with each field. */
export function konstantlyError({ code, status, message, details = [] }: PublicError): object {
  const errors = byField(details);
  if (!errors) return { status, message };
  return { status, message: code === 'invalid_request' ? 'Validation failed' : message, errors };
}

/** Always lists: clients join them. What is wrong with the whole body is no field's: undefined. */
function byField(details: readonly ErrorDetail[]): Record<string, string[]> | undefined {
  const fields = Map.groupBy(
    details.filter(({ path }) => path !== ''),
    ({ path }) => path,
  );
  if (fields.size === 0) return undefined;
  return Object.fromEntries(
    [...fields].map(([path, found]) => [path, found.map(({ message }) => message)]),
  );
}
