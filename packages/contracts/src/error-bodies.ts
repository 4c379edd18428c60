import { z } from 'zod';
import { id, time } from './answer-fields.ts';
import { ERRORS, type ErrorCode } from './error-codes.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];

const detail = z.object({
  path: z.string().describe('As in `website_ids.0`; empty is the whole body'),
  message: z.string(),
});

/** Athena's. */
export const athenaError = z
  .object({
    error: z.string().describe('For a person to read'),
    code: z
      .literal('billing_not_configured')
      .optional()
      .describe('The one that an operator, not the caller, can mend'),
    details: z.array(detail).optional().describe('Every place that is wrong'),
    existing: z
      .object({ type: z.enum(['group', 'website']), id, name: z.string() })
      .optional()
      .describe('What has the external id already'),
  })
  .meta({ id: 'Error' });

/** Connect's. */
export const connectError = z
  .object({
    timestamp: time,
    message: z.string().describe('For a person to read; names every place that is wrong'),
    error: z.string().describe('The same text'),
    app_error_code: z.enum(codes),
    trace_id: z.string().describe("The request's id"),
  })
  .meta({ id: 'Error' });
export type ConnectError = z.infer<typeof connectError>;

/** Konstantly's. */
export const konstantlyError = z
  .object({
    status: z.int().min(400).max(599).describe('The same as the status of the answer'),
    message: z.string(),
    errors: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .describe('What is wrong with each field'),
  })
  .meta({ id: 'Error' });

/** RFC 9457, of the native resources. */
export const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599).describe('The same as the status of the answer'),
    code: z.enum(codes).describe('Stable: switch on it'),
    detail: z.string().describe('For a person to read'),
    request_id: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('A JSON pointer into the body, as in `#/website_ids/0`'),
          code: z.literal('invalid'),
          message: z.string(),
        }),
      )
      .optional()
      .describe('Every place that is wrong'),
  })
  .meta({ id: 'Problem' });
