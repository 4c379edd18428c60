/** A client as users of Konstantly write one: anything but a 200 is a failure. */
export class KonstantlyClient {
  readonly #base: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#base = `${url}/openapi/v1`;
    this.#key = key;
  }

  /** @throws an Error whose message joins what is wrong with each field. */
  async send<Result>(method: string, path: string, body?: object): Promise<Result> {
    const response = await fetch(this.#base + path, {
      method,
      headers: { 'X-API-KEY': this.#key, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(explain(text));
    return (text === '' ? undefined : JSON.parse(text)) as Result;
  }

  async *groups(): AsyncGenerator<KonstantlyGroup> {
    for (let offset = 0; ;) {
      const page = await this.send<Page>('GET', `/groups?offset=${offset}`);
      yield* page.groups;
      offset += page.groups.length;
      if (offset >= page.totalCount) return;
    }
  }
}

export interface KonstantlyGroup {
  id: number;
  name: string;
  attributes: Record<string, string>;
}

interface Page {
  groups: KonstantlyGroup[];
  totalCount: number;
}

function explain(text: string): string {
  const { message, errors } = JSON.parse(text) as {
    message: string;
    errors?: Record<string, string[]>;
  };
  const fields = Object.entries(errors ?? {}).map(
    ([field, messages]) => `${field}: ${messages.join(', ')}`,
  );
  return [message, ...fields].join('; ');
}
