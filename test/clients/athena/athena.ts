/** What the API answers an error with; `message` is its `error`. */
export class AthenaError extends Error {
  readonly status: number;
  readonly body: { error: string; details?: unknown; existing?: unknown };

  constructor(status: number, body: AthenaError['body']) {
    super(body.error);
    this.status = status;
    this.body = body;
  }
}

export interface Website {
  id: string;
  websiteUrl: string;
  websiteName: string;
  externalId?: string | null;
}

export interface Group {
  id: string;
  name: string;
  billingEnabled: boolean;
  websites?: Website[];
  websiteIds?: string[];
  externalId?: string | null;
}

export interface InviteAnswer {
  success: boolean;
  message: string;
  user_id?: string;
  invite_id?: string;
}

export interface BulkAnswer {
  success: boolean;
  results: Array<{ success: boolean; message?: string; error?: string; user_id?: string }>;
}

export interface Credits {
  total: number;
  monthly: { balance: number; next_reset_at: number | null };
  one_off: { balance: number };
}

/** The reference's API as its customers call it from TypeScript: one function around `fetch`. */
export class Athena {
  /** Of this minute, as the last answer said it. */
  remaining = Number.NaN;
  readonly #baseUrl: string;
  readonly #apiKey: string;

  constructor(baseUrl: string, apiKey: string) {
    this.#baseUrl = baseUrl;
    this.#apiKey = apiKey;
  }

  createWebsite = (website: object) =>
    this.#send<{ website: Website }>('POST', '/websites', website);
  listWebsites = () => this.#send<{ websites: Website[] }>('GET', '/websites');
  createGroup = (group: object) => this.#send<{ group: Group }>('POST', '/groups', group);
  changeGroup = (id: string, change: object) =>
    this.#send<{ group: Group }>('PATCH', `/groups/${id}`, change);
  getGroup = (id: string) => this.#send<{ group: Group }>('GET', `/groups/${id}`);
  findGroups = (externalId: string) =>
    this.#send<{ groups: Group[] }>('GET', `/groups?external_id=${encodeURIComponent(externalId)}`);
  getCredits = (groupId: string) =>
    this.#send<{ credits: Credits }>('GET', `/credits/group?group_id=${groupId}`);
  setCredits = (credits: object) =>
    this.#send<{ credits: Credits }>('PUT', '/credits/group', credits);
  invite = (invite: object) => this.#send<InviteAnswer>('POST', '/invites', invite);
  inviteToMany = (invite: object) => this.#send<BulkAnswer>('POST', '/invites/bulk', invite);
  revokeInvite = (id: string) => this.#send<InviteAnswer>('DELETE', `/invites/org/${id}`);
  listMembers = (websiteId: string) =>
    this.#send<{ members: object[] }>('GET', `/websites/${websiteId}/members`);
  removeMember = (websiteId: string, userId: string) =>
    this.#send<InviteAnswer>('DELETE', `/websites/${websiteId}/members/${userId}`);

  async #send<Body>(method: string, path: string, body?: object): Promise<Body> {
    const response = await fetch(`${this.#baseUrl}/api/v1${path}`, {
      method,
      // Every request has the content type, whether it has a body or not.
      headers: { 'x-api-key': this.#apiKey, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    this.remaining = Number(response.headers.get('x-rate-limit-remaining') ?? Number.NaN);
    const answer: unknown = await response.json();
    if (!response.ok) throw new AthenaError(response.status, answer as AthenaError['body']);
    return answer as Body;
  }
}
