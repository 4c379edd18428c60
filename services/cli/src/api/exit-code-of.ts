import { ConfigurationError } from '@usher/config';
import { ERRORS, PublicError } from '@usher/contracts';
import { isUsherConnectionError, isUsherError, type Job } from '@usher/sdk';
import { CommandFailed, EXIT_CODES, type ExitName } from '../exit-codes.ts';

const BY_STATUS: Record<number, ExitName> = {
  401: 'notAuthorized',
  403: 'notAuthorized',
  404: 'notFound',
  408: 'unreachable',
  409: 'conflict',
  410: 'conflict',
  422: 'conflict',
  429: 'unreachable',
  503: 'unreachable',
};

/** The exit code of a command that ended with this error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CommandFailed ? error.exitCode : EXIT_CODES[nameOf(error)].code;
}

function nameOf(error: unknown): ExitName {
  if (error instanceof ConfigurationError) return 'usage';
  if (error instanceof PublicError) return ofStatus(ERRORS[error.code].status);
  if (isUsherConnectionError(error)) return 'unreachable';
  if (!isUsherError(error)) return 'failed';
  // Somebody else answered: the address is wrong, or a proxy has nobody behind it.
  return error.code === 'unexpected_answer' ? 'unreachable' : ofStatus(error.status);
}

function ofStatus(status: number): ExitName {
  return BY_STATUS[status] ?? (status < 500 ? 'usage' : 'failed');
}

/** The exit code that a job's targets stand for, once it is finished. */
export function exitCodeOfJob({ counts }: Pick<Job, 'counts'>): number {
  if (counts.succeeded === counts.total) return EXIT_CODES.ok.code;
  return counts.succeeded > 0 ? EXIT_CODES.partly.code : EXIT_CODES.failed.code;
}
