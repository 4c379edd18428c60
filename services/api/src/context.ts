import { isDevelopmentKey } from '@usher/config';
import { createDatabase, createNotifier } from '@usher/db';
import { acceptLink, createAccessTokens, createTokens, findEndedKeys } from '@usher/directory';
import {
  atMost,
  createCompanions,
  createJobWatchers,
  createPreviewTurns,
  createWaiters,
  DISPATCH_CHANNEL,
} from '@usher/jobs';
import { jobKinds } from '@usher/kinds';
import { createLogger } from '@usher/telemetry';
import { createSealer, type AddressPolicy } from '@usher/webhooks';
import type { Config } from './config.ts';
import { createHeldRequests } from './http/held-requests.ts';
import { createTurns } from './http/turns.ts';

const POOL_SIZE = 20;
const READS_AT_ONCE = 4;

/** Everything that the API's parts share, built once from its configuration. It never knows the queue. */
export function createContext(config: Config) {
  const logger = createLogger({ service: 'api', level: config.logLevel });
  if (isDevelopmentKey(config.secretKey)) {
    logger.warn(
      'SECRET_KEY is not set: accept links are signed, and secrets sealed, with a key that everybody knows',
    );
  }
  const db = createDatabase({
    url: config.databaseUrl,
    application: 'usher-api',
    poolSize: POOL_SIZE,
    onIdleError: (error) => logger.warn({ error }, 'an idle connection was lost'),
  });
  const tokens = createTokens(config.secretKey);
  const addresses: AddressPolicy = { allowPrivate: config.webhookAllowPrivate };
  return {
    config,
    logger,
    db,
    tokens,
    /** Where an invitation is accepted, as its email says it. */
    acceptUrl: (invitationId: string) => acceptLink(config.publicUrl, tokens.sign(invitationId)),
    accessTokens: createAccessTokens(config.secretKey),
    sealer: createSealer(config.secretKey),
    /** Where webhooks may go. */
    addresses,
    // Several, so that a connection that falls silent holds up only some.
    companions: createCompanions({ atOnce: 3 }),
    previews: createPreviewTurns(),
    /** For what thousands may want at one moment: other requests find connections too. */
    fewAtOnce: atMost(READS_AT_ONCE),
    /** By organization: whatever changes which of its groups is below which. */
    groupTrees: createTurns(),
    /** By organization and group: whoever says who shall be on its roster. */
    rosters: createTurns(),
    held: createHeldRequests({
      findEnded: (keyIds) => findEndedKeys(db, keyIds),
      most: config.streamsPerOrganization,
      onError: (error) => logger.warn({ error }, 'the keys of open streams were not checked'),
    }),
    kinds: jobKinds({
      invitationTtlHours: config.invitationTtlHours,
      // Workers call the provider; the API only accepts what they will do.
      billing: null,
      billingName: config.billingProvider === 'none' ? undefined : config.billingProvider,
      retryBaseMs: 0,
    }),
    wake: createNotifier(db, DISPATCH_CHANNEL, (error) =>
      logger.warn({ error }, 'the dispatcher was not told'),
    ),
    waiters: createWaiters({
      db,
      url: config.databaseUrl,
      onError: (error) => logger.warn({ error }, 'waiting for jobs was disturbed'),
    }),
    watchers: createJobWatchers({
      db,
      url: config.databaseUrl,
      onError: (error) => logger.warn({ error }, 'watching jobs was disturbed'),
    }),
  };
}

export type Context = ReturnType<typeof createContext>;
