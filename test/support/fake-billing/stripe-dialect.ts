import type { EntityStore, FakeEntity } from './entity-store.ts';
import type { Dialect } from './route.ts';
import { stripeError } from './stripe-error.ts';

/** The customers of Stripe's API v1: create, update, retrieve, list. */
export function createStripeDialect(store: EntityStore): Dialect {
  const missing = (id: string) =>
    stripeError(404, {
      type: 'invalid_request_error',
      code: 'resource_missing',
      message: `No such customer: '${id}'`,
    });

  function list(query: URLSearchParams) {
    const since = Number(query.get('created[gte]') ?? 0);
    const limit = Number(query.get('limit') ?? 10);
    const newestFirst = store.all
      .filter(({ provider, createdAt }) => provider === 'stripe' && seconds(createdAt) >= since)
      .reverse();
    const after = query.get('starting_after');
    const start = after === null ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
    if (after !== null && start === 0) return missing(after);
    const data = newestFirst.slice(start, start + limit).map(toCustomer);
    const has_more = newestFirst.length > start + limit;
    return { status: 200, body: { object: 'list', url: '/v1/customers', has_more, data } };
  }

  return {
    provider: 'stripe',
    refuse: (status, message) => stripeError(status, { type: typeOf(status), message }),
    route({ method, path, query, body }) {
      const [, id] = /^\/v1\/customers(?:\/([^/]+))?$/.exec(path) ?? [undefined, null];
      if (id === null) return undefined;
      const known = id === undefined ? undefined : store.find('stripe', id);
      const groupId = known?.groupId ?? null;
      if (method === 'GET') {
        return id === undefined
          ? { operation: 'list', groupId, perform: () => list(query) }
          : { operation: 'get', groupId, perform: () => (known ? ok(known) : missing(id)) };
      }
      if (method !== 'POST') return undefined;
      const form = new URLSearchParams(body);
      const name = form.get('name');
      if (id !== undefined) {
        const perform = () => {
          if (!known) return missing(id);
          if (name !== null) known.name = name;
          return ok(known);
        };
        return { operation: 'rename', groupId, perform };
      }
      const metadata = metadataOf(form);
      const forGroup = metadata['usher_group_id'] ?? null;
      const perform = () =>
        ok(
          store.add({
            provider: 'stripe',
            groupId: forGroup,
            metadata,
            ...(name !== null && { name }),
          }),
        );
      return { operation: 'create', groupId: forGroup, perform };
    },
  };
}

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1_000);

const ok = (entity: FakeEntity) => ({ status: 200, body: toCustomer(entity) });

function toCustomer({ id, name, createdAt, metadata }: FakeEntity) {
  return {
    id,
    object: 'customer',
    created: seconds(createdAt),
    name,
    email: null,
    livemode: false,
    metadata,
  };
}

function metadataOf(form: URLSearchParams): Record<string, string> {
  const named = [...form].map(([field, value]) => [/^metadata\[(.+)\]$/.exec(field)?.[1], value]);
  return Object.fromEntries(named.filter(([key]) => key !== undefined));
}

function typeOf(status: number): string {
  if (status === 402) return 'card_error';
  return status >= 500 ? 'api_error' : 'invalid_request_error';
}
