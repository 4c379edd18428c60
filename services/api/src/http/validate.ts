import { describeIssue, PublicError } from '@usher/contracts';
import type { z } from 'zod';

/** @throws {PublicError} `invalid_request` that names every place that is wrong. */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: describeIssue(issue),
  }));
  const [first] = details;
  const summary = first ? [first.path, first.message].filter(Boolean).join(': ') : 'not valid';
  throw new PublicError('invalid_request', `Validation failed: ${summary}`, { details });
}
