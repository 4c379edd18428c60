import { idOf } from '../api/use-connect.ts';
import type { TestApi } from '../support/test-api.ts';
import { athena, connect, konstantly, type Request, type Surface } from './surface.ts';

/** A group's names for itself, as Postgres has them. */
export interface Ids {
  id: string;
  number: number;
}

/** What is said of a group on every surface; undefined where one of them does not say it. */
export interface Shown {
  id: string | number;
  name: string;
  /** Null: it has none. */
  reference?: string | null;
  createdAt?: string;
  websites?: number;
}

export interface Wanted {
  name: string;
  reference?: string | undefined;
  /** Athena makes no group without one. */
  websiteIds: string[];
}

/** The same verbs on each surface, as requests to it. */
export interface Verbs {
  surface: Surface;
  /** What a group's reference is at its creation. */
  referenceAtCreation: 'never' | 'perhaps' | 'always';
  /** The field of the reference; undefined: it knows of none. */
  referenceField?: string;
  /** As the group stands in its paths and answers. */
  idOf(group: Ids): string | number;
  create(wanted: Wanted): Request;
  get(id: string | number): Request;
  list(): Request;
  change(id: string | number, fields: object): Request;
  /** The one group in an answer. */
  group(body: unknown): Shown;
  groups(body: unknown): Shown[];
}

interface AthenaGroup {
  id: string;
  name: string;
  createdAt: string;
  externalId: string | null;
  websites?: object[];
  websiteIds?: string[];
}
const fromAthena = (group: AthenaGroup): Shown => ({
  id: group.id,
  name: group.name,
  reference: group.externalId,
  createdAt: group.createdAt,
  websites: (group.websites ?? group.websiteIds)!.length,
});

interface ConnectGroup {
  id: string;
  name: string;
  created_at: string;
  external_reference_id: string;
}
const fromConnect = (group: ConnectGroup): Shown => ({
  id: group.id,
  name: group.name,
  reference: group.external_reference_id === '' ? null : group.external_reference_id,
  createdAt: group.created_at,
});

interface KonstantlyGroup {
  id: number;
  name: string;
  coursesCount: number;
}
const fromKonstantly = (group: KonstantlyGroup): Shown => ({
  id: group.id,
  name: group.name,
  websites: group.coursesCount,
});

const at = (id: string | number) => `/groups/${encodeURIComponent(id)}`;
const read = {
  get: (id: string | number) => ({ method: 'GET', path: at(id) }),
  change: (id: string | number, json: object) => ({ method: 'PATCH', path: at(id), json }),
};
const post = (json: object) => ({ method: 'POST', path: '/groups', json });

export const VERBS: Verbs[] = [
  {
    ...read,
    surface: athena,
    referenceAtCreation: 'perhaps',
    referenceField: 'external_id',
    idOf: ({ id }) => id,
    create: ({ name, reference, websiteIds }) =>
      post({ name, external_id: reference, website_ids: websiteIds }),
    list: () => ({ method: 'GET', path: '/groups' }),
    group: (body) => fromAthena((body as { group: AthenaGroup }).group),
    groups: (body) => (body as { groups: AthenaGroup[] }).groups.map(fromAthena),
  },
  {
    ...read,
    surface: connect,
    referenceAtCreation: 'always',
    referenceField: 'external_reference_id',
    idOf: ({ id }) => idOf(id),
    create: ({ name, reference }) => post({ name, external_reference_id: reference }),
    list: () => ({ method: 'GET', path: '/groups?limit=100' }),
    group: (body) => fromConnect((body as { data: ConnectGroup }).data),
    groups: (body) => (body as { data: ConnectGroup[] }).data.map(fromConnect),
  },
  {
    ...read,
    surface: konstantly,
    referenceAtCreation: 'never',
    idOf: ({ number }) => number,
    create: ({ name }) => post({ name }),
    list: () => ({ method: 'GET', path: '/groups?limit=1000' }),
    group: (body) => fromKonstantly(body as KonstantlyGroup),
    groups: (body) => (body as { groups: KonstantlyGroup[] }).groups.map(fromKonstantly),
  },
];

export const [ATHENA, CONNECT, KONSTANTLY] = VERBS as [Verbs, Verbs, Verbs];

/** The row that stands behind an id of the surface. */
export async function rowOf({ db }: TestApi, verbs: Verbs, id: string | number) {
  const rows = await db.selectFrom('groups').selectAll().execute();
  const found = rows.find((row) => verbs.idOf(row) === id);
  if (!found) throw new Error(`${verbs.surface.name} shows ${id}, of which there is no row`);
  return found;
}
