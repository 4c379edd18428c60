import { addressOf } from '@usher/config';
import { ok, problem, reasonOf, warning, type Check } from './check.ts';
import type { Settings } from './read-settings.ts';

const TIMEOUT_MS = 5_000;
const NAME = 'public url';

/** Whether people and clients find the API where emails send them. */
export async function checkPublicUrl({ values, production }: Settings): Promise<Check[]> {
  const { PUBLIC_URL: given, HOST: host, PORT: port } = values;
  if (given === undefined && (host === undefined || port === undefined)) return [];
  const address = given ?? addressOf(host as string, port as number);
  if (!URL.canParse(address)) {
    return [problem(NAME, 'HOST and PORT make no address', 'Mend HOST, or set PUBLIC_URL')];
  }
  const { origin, pathname } = new URL(address);
  const url = `${origin}${pathname.replace(/\/+$/, '')}`;
  const found = await lookAt(url);
  if (found.status !== 'ok') return [found];
  if (given === undefined && production) {
    return [warning(NAME, `accept links go to ${url}`, 'Set PUBLIC_URL to what people reach')];
  }
  if (production && url.startsWith('http:')) {
    return [warning(NAME, `${url} is not https`, 'Let a reverse proxy end TLS')];
  }
  return [found];
}

async function lookAt(url: string): Promise<Check> {
  try {
    const ready = await ask(`${url}/health/ready`);
    if (ready.status === 503) {
      return problem(
        NAME,
        `the API at ${url} is not ready${reasonIn(ready.body)}`,
        'Look at its log',
      );
    }
    // Whatever answers without a key is no API of ours.
    const refusal = await ask(`${url}/api/v1/jobs`);
    const isUsher = refusal.status === 401 && codeIn(refusal.body) === 'unauthorized';
    if (ready.status === 200 && isUsher) return ok(NAME, `the API answers at ${url}, and is ready`);
    return problem(
      NAME,
      `what answers at ${url} is not Usher's API (${ready.status}, ${refusal.status})`,
      'Point PUBLIC_URL at it, and let the proxy pass /api/ and /health/',
    );
  } catch (error) {
    return problem(
      NAME,
      `nothing answers at ${url} (${reasonOf(error)})`,
      'Start the API, or mend PUBLIC_URL',
    );
  }
}

async function ask(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, body: parse(await response.text()) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page of somebody else's: its status is told.
    return undefined;
  }
}

const codeIn = (body: unknown) => (body as { code?: unknown } | undefined)?.code;

function reasonIn(body: unknown): string {
  const { reason } = (body ?? {}) as { reason?: unknown };
  return typeof reason === 'string' ? ` (${reason})` : '';
}
