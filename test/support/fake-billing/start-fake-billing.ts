import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createRandom } from '../../faults/random.ts';
import { sendAnswer } from './answer.ts';
import { createCallLedger, type LedgerCall } from './call-ledger.ts';
import { createUpstream } from './create-upstream.ts';
import { createEntityStore, type EntityStore, type FakeEntity } from './entity-store.ts';
import { createFaults, type Fault, type Operation } from './fault.ts';
import { createLagoDialect } from './lago-dialect.ts';
import { createStripeDialect } from './stripe-dialect.ts';

export interface FakeBillingOptions {
  apiKey?: string;
  /** How likely a call meets each fault, from 0 to 1, together 1 at most; drawn from `seed`. */
  chances?: Partial<Record<Fault, number>>;
  seed?: number;
  /** False: an upstream that ignores idempotency keys. */
  honoursKeys?: boolean;
  /** How long a `slow` call waits; 300 ms by default. */
  slowMs?: number;
  /** What a 429 names; 1 by default. */
  retryAfterSeconds?: number;
  /** The provider's clock, in milliseconds. */
  now?: () => number;
}

/** A billing provider over HTTP that speaks Stripe and Lago, keeps what it makes, and can be bad at it. */
export interface FakeBilling {
  stripeBase: string;
  /** With its `/api/v1`. */
  lagoUrl: string;
  apiKey: string;
  /** Every call with the right key and a known path, in the order of arrival. */
  ledger: LedgerCall[];
  /** Calls that are neither answered nor given up by their caller. */
  inFlight(): number;
  highestInFlight(): number;
  /** What there is upstream, in the order of creation; of one group, if one is named. */
  entities(groupId?: string): FakeEntity[];
  /** How many there are of each group that has any. */
  entitiesPerGroup(): Map<string, number>;
  /** Puts one there, as somebody else would. */
  plant: EntityStore['add'];
  remove: EntityStore['remove'];
  /** Faults for the next calls, in order; with `on`, for the next ones of that operation. */
  next(faults: Fault | readonly Fault[], on?: Operation): void;
  /** Creations for the group are refused from now on: 402 by default. */
  reject(groupId: string, status?: number, message?: string): void;
  /** The group is not refused any more. */
  accept(groupId: string): void;
  /** Lets the `held` calls go on. */
  release(): void;
  /** No more faults, scripted or of chance. */
  heal(): void;
  close(): Promise<void>;
}

export async function startFakeBilling(options: FakeBillingOptions = {}): Promise<FakeBilling> {
  const { apiKey = 'sk_test_fakeBillingKey', honoursKeys = true, slowMs = 300 } = options;
  const { retryAfterSeconds = 1, now = Date.now } = options;
  const store = createEntityStore(now);
  const ledger = createCallLedger(now);
  const faults = createFaults(options.chances ?? {}, createRandom(options.seed ?? 1).next);
  const upstream = createUpstream({ faults, honoursKeys, slowMs, retryAfterSeconds });
  const dialects = { '/v1/': createStripeDialect(store), '/api/v1/': createLagoDialect(store) };
  let closed = false;

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const { pathname: path, searchParams: query, search } = new URL(request.url ?? '/', 'http://a');
    const { method = 'GET', headers } = request;
    const body = await text(request);
    const [, dialect] = Object.entries(dialects).find(([prefix]) => path.startsWith(prefix)) ?? [];
    if (!dialect) return sendAnswer(response, { status: 404, body: 'no such page' });
    // Quotes what it was sent, as a careless provider would.
    if (headers.authorization !== `Bearer ${apiKey}`) {
      return sendAnswer(response, dialect.refuse(401, `Invalid key: ${headers.authorization}`));
    }
    const incoming = { method, path, query, body };
    const route = dialect.route(incoming);
    if (!route) return sendAnswer(response, dialect.refuse(404, 'Unrecognized request URL'));
    const { provider } = dialect;
    const { operation, groupId } = route;
    const key = headers['idempotency-key']?.toString() ?? null;
    const call = { provider, operation, method, path, query: search, key, groupId };
    const { entry, close } = ledger.open(call);
    response.once('close', close);
    if (response.destroyed) close();
    const answer = await upstream.answer(incoming, dialect, route, entry);
    if (typeof answer === 'object') entry.status = answer.status;
    sendAnswer(response, answer);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A caller that is killed in the middle of a call is what this is for.
      if (!request.destroyed && !closed) throw error;
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    stripeBase: `http://127.0.0.1:${port}`,
    lagoUrl: `http://127.0.0.1:${port}/api/v1`,
    apiKey,
    ledger: ledger.calls,
    inFlight: ledger.inFlight,
    highestInFlight: ledger.highestInFlight,
    entities: (groupId) =>
      store.all.filter((entity) => groupId === undefined || entity.groupId === groupId),
    entitiesPerGroup: () => countByGroup(store.all),
    plant: store.add,
    remove: store.remove,
    next: (fault, on) => faults.script(typeof fault === 'string' ? [fault] : fault, on),
    reject: (groupId, status = 402, message = 'This group cannot be billed') =>
      upstream.reject(groupId, status, message),
    accept: upstream.accept,
    release: upstream.release,
    heal: faults.heal,
    async close() {
      closed = true;
      upstream.close();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function countByGroup(entities: readonly FakeEntity[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { groupId } of entities) {
    if (groupId !== null) counts.set(groupId, (counts.get(groupId) ?? 0) + 1);
  }
  return counts;
}
