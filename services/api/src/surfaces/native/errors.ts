import { ERRORS, type PublicError } from '@usher/contracts';

/** RFC 9457: `application/problem+json`, with our stable code and a pointer to each field at fault. */
export const problem = (error: PublicError, requestId: string): object => ({
  type: 'about:blank',
  title: ERRORS[error.code].title,
  status: error.status,
  code: error.code,
  detail: error.message,
  request_id: requestId,
  ...(error.details && {
    errors: error.details.map(({ path, message }) => ({
      pointer: path === '' ? '#' : `#/${path.split('.').map(escapePointer).join('/')}`,
      code: 'invalid',
      message,
    })),
  }),
});

const escapePointer = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');
