import { z } from 'zod';
import type { Refusal } from '../http/judge-answer.ts';

const text = z.string().optional().catch(undefined);
const errorBody = z.object({ error: text, code: text, error_details: z.unknown().optional() });
const fieldErrors = z.record(z.string(), z.array(z.string()));

/** What Lago says in a refusal: `error`, `code` and, of a 422, what is wrong with which field. */
export function explainRefusal(body: unknown): Refusal {
  const { error, code, error_details } = errorBody.safeParse(body).data ?? {};
  const fields = Object.entries(fieldErrors.safeParse(error_details).data ?? {})
    .map(([field, errors]) => `${field} ${errors.join(', ')}`)
    .join('; ');
  const message = [error, fields].filter(Boolean).join(': ');
  return { message, code };
}
