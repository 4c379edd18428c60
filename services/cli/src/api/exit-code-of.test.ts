import { readFileSync } from 'node:fs';
import { ConfigurationError } from '@usher/config';
import { PublicError } from '@usher/contracts';
import { UsherConnectionError, UsherError, UsherTimeoutError } from '@usher/sdk';
import { expect, test } from 'vitest';
import { CommandFailed, describeExitCodes, EXIT_CODES } from '../exit-codes.ts';
import { exitCodeOf, exitCodeOfJob } from './exit-code-of.ts';

const answer = (status: number, code: string) =>
  new UsherError('no', {
    status,
    code: code as 'not_found',
    requestId: undefined,
    details: [],
    existing: undefined,
    retryAfterMs: undefined,
  });

test.each([
  [answer(400, 'invalid_request'), 'usage'],
  [answer(413, 'too_large'), 'usage'],
  [answer(401, 'unauthorized'), 'notAuthorized'],
  [answer(403, 'forbidden'), 'notAuthorized'],
  [answer(404, 'not_found'), 'notFound'],
  [answer(409, 'state_conflict'), 'conflict'],
  [answer(410, 'gone'), 'conflict'],
  [answer(422, 'idempotency_key_reused'), 'conflict'],
  [answer(429, 'rate_limited'), 'unreachable'],
  [answer(503, 'unavailable'), 'unreachable'],
  [answer(200, 'unexpected_answer'), 'unreachable'],
  [answer(404, 'unexpected_answer'), 'unreachable'],
  [answer(500, 'internal_error'), 'failed'],
  [answer(502, 'upstream_failed'), 'failed'],
  [new UsherConnectionError('away'), 'unreachable'],
  [new UsherTimeoutError('silent'), 'unreachable'],
  [new PublicError('not_found', 'none'), 'notFound'],
  [new ConfigurationError('bad'), 'usage'],
  [new CommandFailed('timeOver', 'late'), 'timeOver'],
  [new Error('a bug'), 'failed'],
] as const)('%s ends with the code of: %s', (error, name) => {
  expect(exitCodeOf(error)).toBe(EXIT_CODES[name].code);
});

test('a job is all right when all of it succeeded, and failed when nothing did', () => {
  const job = (total: number, succeeded: number) => ({
    counts: { total, succeeded, pending: 0, retrying: 0, failed: total - succeeded, canceled: 0 },
  });
  expect([job(3, 3), job(3, 1), job(3, 0)].map(exitCodeOfJob)).toEqual([0, 3, 1]);
});

test('no two ends share a code; the README and --help have the same table', () => {
  const all = Object.values(EXIT_CODES);
  expect(new Set(all.map(({ code }) => code)).size).toBe(all.length);
  const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
  const [, section = ''] = readme.split('\n### Exit codes\n');
  const [text = ''] = section.split('\n#');
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  expect(rows.slice(2).map((row) => row.split('|').map((cell) => cell.trim()))).toEqual(
    all.map(({ code, meaning }) => ['', String(code), meaning, '']),
  );
  for (const { code, meaning } of all) {
    expect(describeExitCodes()).toContain(`${code}  ${meaning.replaceAll('`', '')}`);
  }
});
