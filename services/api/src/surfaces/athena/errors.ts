import type { PublicError } from '@usher/contracts';

/** Athena's error body: a message, the fields at fault, the resource in the way. */
export const athenaError = (error: PublicError): object => ({
  error: error.message,
  // The one that an operator, not the caller, can mend: worth telling apart.
  ...(error.code === 'billing_not_configured' && { code: error.code }),
  ...(error.details && { details: error.details }),
  ...(error.existing && { existing: error.existing }),
});
