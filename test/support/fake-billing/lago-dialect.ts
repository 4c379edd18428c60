import type { EntityStore, FakeEntity } from './entity-store.ts';
import type { Dialect } from './route.ts';

type Saved = {
  customer?: {
    external_id?: string;
    name?: string;
    metadata?: { id?: string; key: string; value: string }[];
  };
};

/**
 * The customers of Lago's API v1: upsert, retrieve, list. As Lago does it, metadata sent without its
 * id is added, and refused where the key is there already.
 */
export function createLagoDialect(store: EntityStore): Dialect {
  const byGroup = (groupId: string) =>
    store.all.find((entity) => entity.provider === 'lago' && entity.groupId === groupId);

  function save({ external_id: groupId, name, metadata }: NonNullable<Saved['customer']>) {
    if (!groupId) return unprocessable({ external_id: ['value_is_mandatory'] });
    const known = byGroup(groupId);
    const taken = metadata?.some(({ id, key }) => id === undefined && known?.metadata[key]);
    if (known && taken) return unprocessable({ key: ['value_already_exist'] });
    const entity = known ?? store.add({ provider: 'lago', groupId, metadata: {} });
    if (name !== undefined) entity.name = name;
    if (metadata) {
      entity.metadata = Object.fromEntries(metadata.map(({ key, value }) => [key, value]));
      entity.orgId = entity.metadata['usher_org_id'] ?? null;
    }
    return ok(entity);
  }

  function list(query: URLSearchParams) {
    const page = Number(query.get('page') ?? 1);
    const perPage = Number(query.get('per_page') ?? 20);
    const all = store.all.filter(({ provider }) => provider === 'lago').reverse();
    const customers = all.slice((page - 1) * perPage, page * perPage).map(toCustomer);
    const total_pages = Math.ceil(all.length / perPage);
    const next_page = page < total_pages ? page + 1 : null;
    const meta = { current_page: page, next_page, total_pages, total_count: all.length };
    return { status: 200, body: { customers, meta } };
  }

  return {
    provider: 'lago',
    refuse: (status, message) => ({ status, body: { status, error: message, code: 'refused' } }),
    route({ method, path, query, body }) {
      const [, encoded] = /^\/api\/v1\/customers(?:\/([^/]+))?$/.exec(path) ?? [undefined, null];
      if (encoded === null) return undefined;
      if (method === 'GET' && encoded === undefined) {
        return { operation: 'list', groupId: null, perform: () => list(query) };
      }
      if (method === 'GET') {
        const groupId = decodeURIComponent(encoded ?? '');
        const perform = () => {
          const known = byGroup(groupId);
          return known ? ok(known) : notFound;
        };
        return { operation: 'get', groupId, perform };
      }
      if (method !== 'POST' || encoded !== undefined) return undefined;
      const customer = (JSON.parse(body) as Saved).customer ?? {};
      const operation = customer.name === undefined ? 'create' : 'rename';
      const groupId = customer.external_id ?? null;
      return { operation, groupId, perform: () => save(customer) };
    },
  };
}

const ok = (entity: FakeEntity) => ({ status: 200, body: { customer: toCustomer(entity) } });

const notFound = {
  status: 404,
  body: { status: 404, error: 'Not Found', code: 'customer_not_found' },
};

function unprocessable(error_details: Record<string, string[]>) {
  const body = { status: 422, error: 'Unprocessable Entity', code: 'validation_errors' };
  return { status: 422, body: { ...body, error_details } };
}

function toCustomer({ id, groupId, name, createdAt, metadata }: FakeEntity) {
  return {
    lago_id: id,
    external_id: groupId,
    name,
    created_at: new Date(createdAt).toISOString(),
    metadata: Object.entries(metadata).map(([key, value]) => ({
      lago_id: `${id}-${key}`,
      key,
      value,
      display_in_invoice: false,
    })),
  };
}
