import { randomUUID } from 'node:crypto';

/** A customer, as it stands at the provider. */
export interface FakeEntity {
  id: string;
  provider: 'stripe' | 'lago';
  groupId: string | null;
  orgId: string | null;
  name: string | null;
  /** In milliseconds. */
  createdAt: number;
  /** All of them: Stripe's by key; Lago's have an id each besides. */
  metadata: Record<string, string>;
}

/** The provider's memory, in the order of creation. */
export interface EntityStore {
  all: FakeEntity[];
  add(
    entity: Pick<FakeEntity, 'provider' | 'groupId' | 'metadata'> & { name?: string },
  ): FakeEntity;
  find(provider: FakeEntity['provider'], id: string): FakeEntity | undefined;
  remove(id: string): void;
}

export function createEntityStore(now: () => number): EntityStore {
  const all: FakeEntity[] = [];
  return {
    all,
    add({ provider, groupId, metadata, name = null }) {
      const id =
        provider === 'stripe'
          ? `cus_${randomUUID().replaceAll('-', '').slice(0, 14)}`
          : randomUUID();
      const orgId = metadata['usher_org_id'] ?? null;
      const entity = { id, provider, groupId, orgId, name, createdAt: now(), metadata };
      all.push(entity);
      return entity;
    },
    find: (provider, id) => all.find((entity) => entity.provider === provider && entity.id === id),
    remove(id) {
      const index = all.findIndex((entity) => entity.id === id);
      if (index >= 0) all.splice(index, 1);
    },
  };
}
