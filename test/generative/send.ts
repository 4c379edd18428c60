import { BASE_PATHS, type Operation, type SurfaceName } from '@usher/contracts/operations';
import { checkAnswer, checkStreamEvent } from '../support/contract/check-answer.ts';
import { written, type Caller, type Generated } from './generate.ts';
import type { Pools } from './pools.ts';

export interface Sent {
  request: string;
  status: number;
  /** Why the answer should not have been; undefined: it is as documented. */
  finding: string | undefined;
}

export interface Target {
  url: string;
  keys: Partial<Record<Caller, string>>;
  pools: Pools;
}

const LONGEST_MS = 60_000;
/** Make a generated request, and hold its answer against the document. */
export async function send(
  { url, keys, pools }: Target,
  surface: SurfaceName,
  operation: Operation,
  generated: Generated,
): Promise<Sent> {
  const path = pathOf(pools, surface, operation, generated);
  const method = operation.method.toUpperCase();
  const headers: Record<string, string> = { ...generated.headers };
  const key = generated.caller === 'wrong' ? 'usher_wrong' : keys[generated.caller];
  if (key !== undefined) {
    if (surface === 'connect') headers.authorization = `Bearer ${key}`;
    else headers['x-api-key'] = key;
  }
  const filled = pools.fill(generated.body);
  const body =
    method === 'GET'
      ? undefined
      : (generated.rawBody ?? (filled === undefined ? undefined : JSON.stringify(filled)));
  if (body === undefined) delete headers['content-type'];
  const response = await fetch(url + path, {
    method,
    headers,
    redirect: 'manual',
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  const stream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = stream ? await readBeginning(response) : await response.text();
  const { status } = response;
  const request = `${method} ${path} ${JSON.stringify(headers)} ${(body ?? '').slice(0, 2_000)}`;
  if (status >= 500) return { request, status, finding: `a ${status}: ${text.slice(0, 500)}` };
  try {
    checkAnswer({ method, path, status, headers: response.headers, text });
    if (stream) checkEvents(text);
  } catch (error) {
    return { request, status, finding: (error as Error).message };
  }
  if (status < 300) harvest(pools, surface, operation, text);
  return { request, status, finding: undefined };
}

function pathOf(
  pools: Pools,
  surface: SurfaceName,
  operation: Operation,
  { params, query }: Generated,
): string {
  const filled = pools.fill(params) as Record<string, unknown>;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(written(filled[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(pools.fill(query) as object)) {
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, written(each));
  }
  return `${BASE_PATHS[surface]}${path}${search.size > 0 ? `?${search.toString()}` : ''}`;
}

/** A stream goes on for as long as its job does: its first words are enough. */
async function readBeginning(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('event: ')) break;
  }
  return text;
}

function checkEvents(text: string): void {
  for (const block of text.split('\n\n').slice(0, -1)) {
    const type = /^event: (\w+)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (type === undefined || data === undefined) continue;
    checkStreamEvent(type, JSON.parse(data));
  }
}

function harvest(pools: Pools, surface: SurfaceName, { path }: Operation, text: string): void {
  if (!/^[[{]/.test(text) || text.includes('}\n{')) return;
  // A test of an endpoint answers with its delivery.
  const resource = path.endsWith('/test') ? 'deliveries' : (path.split('/')[1] ?? '');
  // One key here is one surface's; what is asked for natively is often of Athena's making.
  const prefixes = surface === 'athena' || surface === 'native' ? ['athena', 'native'] : [surface];
  for (const prefix of prefixes) pools.harvest(prefix, JSON.parse(text), resource);
}
