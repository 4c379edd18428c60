import { z } from 'zod';
import { TARGET_CODES } from './jobs.ts';

/** The body of `POST /api/v1/jobs/{id}/redrive`; without codes: every target that failed. */
export const redriveBody = z
  .strictObject({
    codes: z
      .array(z.enum(TARGET_CODES))
      .min(1, 'must name at least one code')
      .max(TARGET_CODES.length, 'must name each code once')
      .refine((codes) => new Set(codes).size === codes.length, 'must name each code once')
      .optional(),
    resend_email: z.boolean().default(false),
  })
  .meta({ id: 'Redrive' });
export type RedriveBody = z.infer<typeof redriveBody>;
