/** How a single request may differ from what the client does by default. */
export interface CallOptions {
  /** Ends the request, and whatever waits or iterates: the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** For one try, in milliseconds. */
  timeoutMs?: number | undefined;
  /** For all tries and the pauses between them, in milliseconds. */
  totalTimeoutMs?: number | undefined;
  /** How many tries may follow the first. */
  maxRetries?: number | undefined;
}

/** Of a request that changes something. */
export interface WriteOptions extends CallOptions {
  /**
   * Under which the request takes effect once, however often it is sent: up to 255 characters, for 30
   * days. Without one, each call makes its own, the same over all its tries.
   */
  idempotencyKey?: string | undefined;
}

export interface Call extends WriteOptions {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/api/v1`; see `path`. */
  path: string;
  /** What is undefined in it is left out. */
  query?: object;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What `fetch` is given, the same for each try. @throws TypeError for what no header may hold. */
export function compose(
  { base, apiKey }: { base: string; apiKey: string },
  call: Call,
): [url: string, init: RequestInit] {
  const { method, path, query, body, idempotencyKey } = call;
  const headers = new Headers({ accept: 'application/json', 'x-api-key': apiKey, ...call.headers });
  if (method === 'POST' || method === 'PATCH') {
    headers.set('idempotency-key', idempotencyKey ?? crypto.randomUUID());
  }
  if (body !== undefined) headers.set('content-type', 'application/json');
  return [
    base + path + toSearch(query),
    {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      // Followed, it would show the key to whoever is there.
      redirect: 'manual',
    },
  ];
}

function toSearch(query: object | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams();
  for (const [name, value] of given) search.set(name, String(value));
  return given.length === 0 ? '' : `?${search}`;
}
