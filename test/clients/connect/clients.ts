import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasPython } from '../athena/run-python.ts';
import {
  ConnectClient,
  type AccessToken,
  type Group,
  type Member,
  type Sync,
  type SyncReceipt,
} from './client.ts';

/** What a client can do, whatever it is written in; a refusal is an Error with `status` and its words. */
export interface Client {
  issueAccessToken(): Promise<AccessToken>;
  listGroups(query?: Record<string, string | number>): Promise<Group[]>;
  createGroup(name: string, reference: string): Promise<Group>;
  retrieveGroup(id: string): Promise<Group>;
  updateGroup(id: string, fields: Record<string, string | null>): Promise<Group>;
  syncMembers(id: string, members: Member[]): Promise<SyncReceipt>;
  retrieveSync(id: string, requestId: string): Promise<Sync>;
  close(): Promise<void>;
}

/** How long they wait before they try again where nobody says; their users' wait half a second. */
const BACKOFF_MS = 10;

export const CLIENTS: Array<[language: string, start: (url: string, key: string) => Client]> = [
  ['TypeScript', startTypeScript],
];
// Our tests bring no Python of their own.
if (hasPython()) CLIENTS.push(['Python', startPython]);

function startTypeScript(url: string, key: string): Client {
  const client = new ConnectClient(url, key, { backoffMs: BACKOFF_MS });
  return {
    issueAccessToken: () => client.issueAccessToken(),
    listGroups: (query) => collect(client.listGroups(query)),
    createGroup: (name, external_reference_id) =>
      client.createGroup({ name, external_reference_id }),
    retrieveGroup: (id) => client.retrieveGroup(id),
    updateGroup: (id, fields) => client.updateGroup(id, fields),
    syncMembers: (id, members) => client.syncMembers(id, members),
    retrieveSync: (id, requestId) => client.retrieveSync(id, requestId),
    close: async () => undefined,
  };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A process that makes one call after the other. */
function startPython(url: string, key: string): Client {
  const script = join(import.meta.dirname, 'drive.py');
  const words = ['-B', script, url, key, String(BACKOFF_MS / 1_000)];
  const child = spawn('python3', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function make<Result>(
    method: string,
    args: unknown[] = [],
    fields: object = {},
  ): Promise<Result> {
    child.stdin.write(`${JSON.stringify({ method, arguments: args, fields })}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the Python client ended');
    const answer = JSON.parse(value) as { result: Result; error?: string; status: number | null };
    if (answer.error === undefined) return answer.result;
    throw Object.assign(new Error(answer.error), { status: answer.status });
  }

  return {
    issueAccessToken: () => make('issue_access_token'),
    listGroups: (query) => make('list_groups', [], query),
    createGroup: (name, reference) => make('create_group', [name, reference]),
    retrieveGroup: (id) => make('retrieve_group', [id]),
    updateGroup: (id, fields) => make('update_group', [id], fields),
    syncMembers: (id, members) => make('sync_members', [id, members]),
    retrieveSync: (id, requestId) => make('retrieve_sync', [id, requestId]),
    async close() {
      const ended = once(child, 'close');
      child.stdin.end();
      await ended;
    },
  };
}
