import { isDevelopmentKey } from '@usher/config';
import { ok, problem, warning, type Check } from './check.ts';
import type { Settings } from './read-settings.ts';

const MAKE_ONE = 'Make one with `openssl rand -hex 32`, the same for all processes';

/** What links are signed, and secrets sealed with. */
export function checkSecretKey({ values, production }: Settings): Check[] {
  const key = values.SECRET_KEY;
  if (key === undefined) return [];
  if (!isDevelopmentKey(key)) return [ok('secret key', 'SECRET_KEY is one of your own')];
  const found = 'SECRET_KEY is the one that everybody knows: anybody can make accept links';
  return [
    production ? problem('secret key', found, MAKE_ONE) : warning('secret key', found, MAKE_ONE),
  ];
}

/** Where webhooks may go. */
export function checkWebhooks({ values, production }: Settings): Check[] {
  if (values.WEBHOOK_ALLOW_PRIVATE === undefined) return [];
  if (!values.WEBHOOK_ALLOW_PRIVATE) return [ok('webhooks', 'https and public addresses only')];
  if (!production) return [ok('webhooks', 'private addresses and http too, for development')];
  return [
    problem(
      'webhooks',
      'WEBHOOK_ALLOW_PRIVATE: customers reach into your network',
      'Leave it out in production',
    ),
  ];
}
