import { UsherError } from './errors.ts';
import type { CallOptions } from './transport/call.ts';
import type { Transport } from './transport/transport.ts';

export interface Page<Item> {
  items: Item[];
  /** Where the next page begins; '' is the end. */
  nextCursor: string;
}

/** Which part of a list, beside its filter. */
export interface PageQuery {
  /** How many items come with one request; the server knows a most. */
  pageSize?: number | undefined;
  /** Begin where a page has ended. */
  cursor?: string | undefined;
}

/**
 * A list that comes in pages. Nothing is asked for until it is read.
 *
 * ```ts
 * for await (const job of usher.jobs.list()) console.log(job.state); // all of it
 * const { items, nextCursor } = await usher.jobs.list().page(); // the first page
 * ```
 */
export interface Paged<Item> extends AsyncIterable<Item> {
  /** One page: the first, or the one that `cursor` begins. */
  page(): Promise<Page<Item>>;
  /** Page after page. */
  pages(): AsyncGenerator<Page<Item>, void, undefined>;
}

/** @param source the list's path, and the name that its items have in an answer. */
export function createPaged<Item>(
  transport: Transport,
  source: { path: string; field: string },
  { pageSize, cursor, ...filter }: PageQuery,
  options: CallOptions | undefined,
): Paged<Item> {
  const readPage = async (from: string | undefined): Promise<Page<Item>> => {
    const query = { ...filter, limit: pageSize, cursor: from };
    const body = await transport.read<Record<string, unknown>>(source.path, options, query);
    return pageOf<Item>(body, source);
  };
  async function* pages(): AsyncGenerator<Page<Item>, void, undefined> {
    let from = cursor;
    do {
      const page = await readPage(from);
      // It would go round for ever.
      if (page.nextCursor === from && from !== '') throw unexpected(source.path);
      yield page;
      from = page.nextCursor;
    } while (from !== '');
  }
  return {
    page: () => readPage(cursor),
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const { items } of pages()) yield* items;
    },
  };
}

/** @throws UsherError `unexpected_answer` for what is no page: of one without an end there is no end. */
function pageOf<Item>(
  body: Record<string, unknown> | null,
  { path, field }: { path: string; field: string },
): Page<Item> {
  const items = body?.[field];
  const nextCursor = body?.['next_cursor'];
  if (!Array.isArray(items) || typeof nextCursor !== 'string') throw unexpected(path);
  return { items: items as Item[], nextCursor };
}

const unexpected = (path: string): UsherError =>
  new UsherError(`The answer to GET ${path} is no page of a list`, {
    status: 200,
    code: 'unexpected_answer',
    requestId: undefined,
    details: [],
    existing: undefined,
    retryAfterMs: undefined,
  });
