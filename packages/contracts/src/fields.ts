import { z } from 'zod';

/** Text from a person: NFC, no control characters (Postgres and headers refuse some), trimmed. */
export const text = (min: number, max: number) =>
  z
    .string()
    .meta({ ...(min > 0 && { minLength: min }), maxLength: max })
    .transform((value) => value.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
        .max(max, `must have at most ${max} characters`)
        .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters'),
    );

/** A uuid of any version, in lower case: two spellings of one id are one id. */
export const uuid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/, 'must be a uuid')
  .meta({ format: 'uuid' })
  .transform((value) => value.toLowerCase());

const ATOM = String.raw`[^\s@"<>(),:;.\\[\]\p{C}]+`;
const LOCAL = String.raw`(?=[^@]{1,64}@)${ATOM}(?:\.${ATOM})*`;
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?`;
const EMAIL = new RegExp(`^${LOCAL}@(?:${LABEL}\\.)+${LABEL}$`, 'u');

/** An email address, NFC and in lower case: addresses compare without regard to case. */
export const email = z
  .string()
  .meta({ format: 'email', maxLength: 254 })
  .transform((value) => value.trim().normalize('NFC').toLowerCase().normalize('NFC'))
  .pipe(
    z
      .string()
      .max(254, 'must have at most 254 characters')
      .regex(EMAIL, 'must be an email address'),
  );

export const role = z.enum(['admin', 'viewer']);
export type Role = z.infer<typeof role>;

/** Ids in the order of first mention, each once. */
export function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
