import type { Paged } from '@usher/sdk';
import type { Command } from 'commander';
import { count } from './parse-arguments.ts';
import { note } from './print.ts';

const MOST = 200;

export interface PageOptions {
  limit?: number;
  cursor?: string;
}

/** Of commands that show one page of a list. */
export const addPageOptions = (command: Command): Command =>
  command
    .option('--limit <n>', `how many, at most ${MOST}; 50 unless named`, count(MOST))
    .option('--cursor <cursor>', 'go on where a page ended');

/** As the SDK takes them. */
export const toPage = ({ limit, cursor }: PageOptions) => ({ pageSize: limit, cursor });

/** One page, and, for a person, how to get the next. */
export async function readPage<Item>(
  list: Paged<Item>,
  json: boolean | undefined,
): Promise<{ items: Item[]; next_cursor: string }> {
  const { items, nextCursor } = await list.page();
  if (!json && nextCursor !== '') note(`there is more: --cursor ${nextCursor}`);
  return { items, next_cursor: nextCursor };
}
