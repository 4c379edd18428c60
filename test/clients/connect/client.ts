import { setTimeout as delay } from 'node:timers/promises';

// A small client of the product that Connect is, as its users write one. It knows nothing of Usher.

export interface Group {
  id: string;
  organization_id: string;
  name: string;
  external_reference_id: string;
  created_at: string;
  updated_at: string;
}

export interface AccessToken {
  access_token: string;
  token_type: string;
  expires_in: number;
}

export interface Member {
  reference_id: string;
  first_name: string;
  last_name: string;
  email?: string | null;
}

export interface SyncReceipt {
  request_id: string;
  group_id: string;
  accepted_at: string;
}

export interface Sync extends SyncReceipt {
  completed_at: string | null;
  results: null | {
    added_group_member_ids: string[];
    removed_group_member_ids: string[];
    failures: Array<{ reference_id: string; operation: string; reason: string }>;
  };
}

interface Page {
  data: Group[];
  pagination: { page: number; total_pages: number };
}

type Fields = Record<string, string | null>;

/** An answer that is not what was asked for, in the server's own words. */
export class ConnectApiError extends Error {
  override name = 'ConnectApiError';
  readonly status: number;

  constructor(status: number, body: { message?: string } | undefined) {
    super(body?.message ?? `status ${status}`);
    this.status = status;
  }
}

const RETRIED = new Set([408, 409, 429]);
const LONGEST_WAIT_MS = 60_000;

export class ConnectClient {
  #baseUrl: string;
  #key: string;
  #maxRetries: number;
  #backoffMs: number;

  /** @param key an API key or an access token. */
  constructor(baseUrl: string, key: string, { maxRetries = 2, backoffMs = 500 } = {}) {
    this.#baseUrl = baseUrl;
    this.#key = key;
    this.#maxRetries = maxRetries;
    this.#backoffMs = backoffMs;
  }

  issueAccessToken(): Promise<AccessToken> {
    return this.#send('POST', '/v1/auth/access-tokens', { grant_type: 'client_credentials' });
  }

  /** Every group, page by page. */
  async *listGroups(query: Record<string, string | number> = {}): AsyncGenerator<Group> {
    for (let next = 1; ; next += 1) {
      const parameters = Object.entries({ ...query, page: next }).map(([name, value]) =>
        [name, value].map(encodeURIComponent).join('='),
      );
      const page = await this.#send<Page>('GET', `/v1/groups?${parameters.join('&')}`);
      yield* page.data;
      if (page.pagination.page >= page.pagination.total_pages) return;
    }
  }

  async createGroup(fields: Fields): Promise<Group> {
    return (await this.#send<{ data: Group }>('POST', '/v1/groups', fields)).data;
  }

  async retrieveGroup(id: string): Promise<Group> {
    const path = `/v1/groups/${encodeURIComponent(id)}`;
    return (await this.#send<{ data: Group }>('GET', path)).data;
  }

  async updateGroup(id: string, fields: Fields): Promise<Group> {
    const path = `/v1/groups/${encodeURIComponent(id)}`;
    return (await this.#send<{ data: Group }>('PATCH', path, fields)).data;
  }

  /** The group has these members then, and no others. */
  async syncMembers(id: string, members: Member[]): Promise<SyncReceipt> {
    const path = `/v1/groups/${encodeURIComponent(id)}/members/sync`;
    return (await this.#send<{ data: SyncReceipt }>('POST', path, { members })).data;
  }

  async retrieveSync(id: string, requestId: string): Promise<Sync> {
    const path = `/v1/groups/${encodeURIComponent(id)}/members/sync/${encodeURIComponent(requestId)}`;
    return (await this.#send<{ data: Sync }>('GET', path)).data;
  }

  async #send<Body>(method: string, path: string, json?: object): Promise<Body> {
    for (let tried = 0; ; tried += 1) {
      const backoff = this.#backoffMs * 2 ** tried;
      const last = tried === this.#maxRetries;
      try {
        const response = await fetch(this.#baseUrl + path, {
          method,
          headers: {
            authorization: `Bearer ${this.#key}`,
            ...(json && { 'content-type': 'application/json' }),
          },
          ...(json && { body: JSON.stringify(json) }),
        });
        const body: unknown = await response.json();
        if (response.ok) return body as Body;
        if (last || !isRetried(response)) {
          throw new ConnectApiError(response.status, body as { message?: string });
        }
        await delay(toldToWait(response.headers) ?? backoff);
      } catch (error) {
        if (error instanceof ConnectApiError || last) throw error;
        await delay(backoff);
      }
    }
  }
}

function isRetried({ status, headers }: Response): boolean {
  const told = headers.get('x-should-retry');
  if (told === 'true' || told === 'false') return told === 'true';
  return RETRIED.has(status) || status >= 500;
}

/** Milliseconds, where the server names a time that is worth waiting for. */
function toldToWait(headers: Headers): number | undefined {
  const ms = headers.get('retry-after-ms');
  const seconds = headers.get('retry-after');
  const told = ms === null ? Number(seconds ?? Number.NaN) * 1_000 : Number(ms);
  return told >= 0 && told < LONGEST_WAIT_MS ? told : undefined;
}
