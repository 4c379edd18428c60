export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface ApiClient {
  /** One request; any status is an answer. Bodies are JSON, in both directions. */
  call<Body>(
    request: `${'GET' | 'POST' | 'PATCH'} /${string}`,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer<Body>>;
}

const TIMEOUT_MS = 40_000;

export function createApiClient(options: {
  apiUrl: string;
  apiKey: string;
  signal: AbortSignal;
}): ApiClient {
  return {
    async call<Body>(
      request: string,
      { body, headers }: { body?: unknown; headers?: Record<string, string> } = {},
    ) {
      const [method = '', path = ''] = request.split(' ');
      const response = await fetch(new URL(path, options.apiUrl), {
        method,
        headers: {
          'x-api-key': options.apiKey,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([options.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as Body,
      };
    },
  };
}
