import { athenaError, connectError, konstantlyError, problem } from '@usher/contracts';
import { JSON_TYPE, type SurfaceName } from '@usher/contracts/operations';
import type { z } from 'zod';
import type { ZodOpenApiObject } from 'zod-openapi';

/** What a surface's document says beside its operations. */
export interface SurfaceText {
  title: string;
  description: string;
  /** In the order in which they are shown. */
  tags: Array<{ name: string; description: string }>;
  errorBody: z.ZodType;
  errorType: string;
  key: NonNullable<NonNullable<ZodOpenApiObject['components']>['securitySchemes']>[string];
  rateHeaders: { limit: string; remaining: string; reset: string };
}

const COMMON = `
Ids that are malformed, bodies that are not valid, and what is no JSON are a 400; a key that is missing or not good a 401; one that may not do that a 403; what is unknown, or another organization's, a 404.

Requests are counted by organization and minute; every answer to a caller says where that stands. Beyond the limit they are a 429 with \`Retry-After\`.

\`Idempotency-Key\` makes a POST or PATCH safe to repeat for 30 days: the same key and body are answered from the first request, with \`Idempotent-Replayed: true\`; another body under that key is a 422.

Every answer carries \`X-Request-Id\`: the caller's own where it sent one, else a new one.`;

const apiKey = (name: string) => ({ type: 'apiKey', in: 'header', name }) as const;
const HYPHENED = {
  limit: 'X-Rate-Limit-Limit',
  remaining: 'X-Rate-Limit-Remaining',
  reset: 'X-Rate-Limit-Reset',
};

export const SURFACE_TEXTS: Record<SurfaceName, SurfaceText> = {
  athena: {
    title: 'Usher: invites, groups and websites',
    description: `Invite people to websites and groups, keep groups, and provision billing for them.\n${COMMON}`,
    tags: [
      { name: 'Invites', description: 'Inviting one address to many places' },
      { name: 'Groups', description: 'Groups of websites, and their billing' },
      { name: 'Websites', description: 'Websites and who reaches them' },
      { name: 'Credits', description: 'What partners give to groups' },
    ],
    errorBody: athenaError,
    errorType: JSON_TYPE,
    key: apiKey('x-api-key'),
    rateHeaders: HYPHENED,
  },
  connect: {
    title: 'Usher: groups by reference',
    description: `Groups under your own references, and their members as a roster.\n${COMMON}\n\nA 409 is final here: \`X-Should-Retry: false\`.`,
    tags: [
      { name: 'Access', description: 'Tokens of 15 minutes' },
      { name: 'Groups', description: 'Groups under your own references' },
      { name: 'Members', description: "A group's members, as a whole" },
    ],
    errorBody: connectError,
    errorType: JSON_TYPE,
    key: { type: 'http', scheme: 'bearer', description: 'An API key or an access token' },
    rateHeaders: HYPHENED,
  },
  konstantly: {
    title: 'Usher: groups and attributes',
    description: `A tree of groups with attributes of your own definition. Every success is a 200.\n${COMMON}`,
    tags: [
      { name: 'Groups', description: 'The tree of groups' },
      { name: 'Group attributes', description: 'What groups can have' },
      { name: 'Users', description: 'Users and their groups' },
      { name: 'Invites', description: 'Inviting many addresses to the same places' },
    ],
    errorBody: konstantlyError,
    errorType: JSON_TYPE,
    key: apiKey('X-API-KEY'),
    rateHeaders: {
      limit: 'X-RateLimit-Limit',
      remaining: 'X-RateLimit-Remaining',
      reset: 'X-RateLimit-Reset',
    },
  },
  native: {
    title: 'Usher: jobs and webhooks',
    description: `Jobs that survive anything, how to follow them, and webhooks that tell of them. Errors are problems (RFC 9457) with a stable \`code\`. Fields of a body that are not known are a 400.\n${COMMON}`,
    tags: [
      { name: 'Jobs', description: 'Submitting, following and steering jobs' },
      { name: 'Invitations', description: 'The recipients of jobs' },
      { name: 'Webhook endpoints', description: 'Where events are sent' },
      { name: 'Deliveries', description: 'What was sent, and what came of it' },
      { name: 'Audit log', description: 'Who did what' },
    ],
    errorBody: problem,
    errorType: 'application/problem+json',
    key: apiKey('x-api-key'),
    rateHeaders: HYPHENED,
  },
};
