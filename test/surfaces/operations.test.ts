import { newId } from '@usher/db';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { ATHENA_OPERATIONS } from './athena-operations.ts';
import { CONNECT_OPERATIONS } from './connect-operations.ts';
import { KONSTANTLY_OPERATIONS } from './konstantly-operations.ts';
import {
  bodyFor,
  hasParameter,
  methodOf,
  pathTo,
  takesIdempotencyKey,
  type Operation,
  type Refused,
  type Sent,
} from './operation.ts';
import { ask, athena, connect, expectRefusal, konstantly, plain, type Surface } from './surface.ts';
import { api, idle, limited, readOnlyKey, routes, tenant } from './use-operations.ts';

const OPERATIONS: Array<[Surface, Operation[]]> = [
  [athena, ATHENA_OPERATIONS],
  [connect, CONNECT_OPERATIONS],
  [konstantly, KONSTANTLY_OPERATIONS],
];

const JSON_TYPE = { 'content-type': 'application/json' };
const MIB = 1_048_576;

/** What every operation of its kind refuses, whatever it is about. */
function commonRefusals(operation: Operation): Refused[] {
  const { reads, scoped, body, largest = MIB, absent } = operation;
  const unauthorized = { status: 401, code: 'unauthorized', words: 'API key' };
  const forbidden = { status: 403, code: 'forbidden' };
  const json = () => bodyFor(operation);
  const invalid = { status: 400, code: 'invalid_json' };
  const missing = { status: 404, code: 'not_found', words: absent?.words ?? '' };
  return [
    { ...unauthorized, what: 'no key', send: () => ({ key: undefined }) },
    { ...unauthorized, what: 'an unknown key', send: () => ({ key: 'usher_nobody' }) },
    ...(body
      ? [
          {
            ...unauthorized,
            what: 'bad JSON without a key',
            send: () => ({ key: undefined, body: '{' }),
          },
        ]
      : []),
    ...(reads
      ? []
      : [{ ...forbidden, what: 'a key that may only read', send: () => ({ key: readOnlyKey }) }]),
    ...(scoped
      ? []
      : [{ ...forbidden, what: 'a key for websites', send: () => ({ key: tenant.scopedKey }) }]),
    ...(body
      ? [
          { ...invalid, what: 'bad JSON', send: () => ({ headers: JSON_TYPE, body: '{"name": ' }) },
          { ...invalid, what: 'text for JSON', send: () => ({ headers: JSON_TYPE, body: 'name' }) },
          {
            what: `a body over ${largest / MIB} MiB`,
            status: 413,
            code: 'too_large',
            send: () => ({ headers: JSON_TYPE, body: `"${'x'.repeat(largest)}"` }),
          },
          {
            what: 'a body that is no JSON',
            status: 415,
            code: 'unsupported_media_type',
            send: () => ({ headers: { 'content-type': 'text/plain' }, body: '{}' }),
          },
        ]
      : []),
    ...(takesIdempotencyKey(operation)
      ? [
          {
            what: 'an Idempotency-Key that is too long',
            status: 400,
            code: 'invalid_request',
            words: 'Idempotency-Key',
            send: async () => ({
              json: await json(),
              headers: { 'idempotency-key': 'x'.repeat(256) },
            }),
          },
        ]
      : []),
    ...(absent
      ? [
          {
            ...(absent.malformedIs ?? missing),
            what: 'an id that is none',
            send: async () => ({ path: absent.malformed, json: await json() }),
          },
        ]
      : []),
    // What is no path at all is refused before any route is found.
    ...(hasParameter(operation)
      ? [
          {
            what: 'a path that cannot be decoded',
            status: 400,
            code: 'invalid_request',
            send: async () => ({ path: `${await pathTo(operation)}/%zz`, json: await json() }),
          },
        ]
      : []),
  ];
}

async function request(surface: Surface, operation: Operation, { idle: isIdle, ...sent }: Sent) {
  const method = methodOf(operation);
  const path = sent.path ?? (await pathTo(operation));
  const { key } = isIdle ? idle.partner : tenant;
  return ask(isIdle ? idle : api, surface, { key, ...sent, method, path });
}

describe.each(OPERATIONS)('$name', (surface, operations) => {
  const all = operations.map((operation) => ({
    operation,
    refuses: [...commonRefusals(operation), ...operation.refuses],
  }));
  const cases = all.reduce(
    (sum, { operation, refuses }) =>
      sum +
      operation.succeeds.length +
      refuses.length +
      1 +
      Number(takesIdempotencyKey(operation)) +
      Number(operation.absent !== undefined),
    0,
  );

  test(`all of its operations are here: ${operations.length}, with ${cases} cases`, () => {
    // What is native lies under Athena's base, and is not of that surface.
    const native =
      /\/api\/v1\/(?:jobs|imports|webhook-endpoints|deliveries|invitations|audit-log)\b/;
    const registered = routes.filter(
      ({ name }) => name.split(' ')[1]!.startsWith(`${surface.base}/`) && !native.test(name),
    );
    const listed = operations.map(({ route }) => route.replace(' ', ` ${surface.base}`));
    expect(listed.toSorted()).toEqual(registered.map(({ name }) => name).toSorted());
    for (const { route, reads, scoped } of operations) {
      const { requires } = registered.find(
        ({ name }) => name === route.replace(' ', ` ${surface.base}`),
      )!;
      expect([route, requires?.reads === true]).toEqual([route, reads === true]);
      expect([route, requires?.global !== true]).toEqual([route, scoped === true]);
    }
  });

  test.each(all)('$operation.route has every case that one of its kind must have', (each) => {
    const { operation, refuses } = each;
    const has = (status: number) => refuses.some((refused) => refused.status === status);
    if (operation.body) expect(refuses.some(isBadBody)).toBe(true);
    if (hasParameter(operation)) expect(operation.absent).toBeDefined();
    expect(operation.succeeds).not.toEqual([]);
    const writes = methodOf(operation) !== 'GET';
    expect([has(401), has(403) || operation.scoped === true]).toEqual([true, true]);
    expect(has(403)).toBe(writes || !operation.scoped);
    const takesBody = ['POST', 'PATCH', 'PUT'].includes(methodOf(operation));
    expect([takesBody, has(413)]).toEqual([operation.body !== undefined, takesBody]);
  });

  describe.each(all)('$operation.route', ({ operation, refuses }) => {
    test.each(operation.succeeds)('$status: $what', async ({ status, send, shows, headers }) => {
      const answer = await request(surface, operation, await send());
      expect([answer.status, answer.body]).toEqual([
        status,
        typeof shows === 'function' ? await shows() : shows,
      ]);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'x-request-id': expect.any(String),
        [surface.rateHeaders.limit]: '1000000',
        [surface.rateHeaders.remaining]: expect.stringMatching(/^\d+$/),
        [surface.rateHeaders.reset]: expect.stringMatching(/^\d{10}$/),
        ...headers,
      });
    });

    test.each(refuses)('$status: $what', async ({ send, retry, ...refusal }) => {
      const answer = await request(surface, operation, await send());
      expectRefusal(surface, answer, refusal);
      expect(answer.headers.get('retry-after')).toEqual(
        retry ? expect.stringMatching(/^[1-9]\d*$/) : null,
      );
    });

    test('429: past the limit, with when to come back', async () => {
      const path = await pathTo(operation);
      const { key } = idle.partner;
      const sent = { method: methodOf(operation), path, key, json: await bodyFor(operation) };
      const refused = await waitFor('two requests in one minute', async () => {
        const answer = await ask(limited, surface, sent);
        return answer.status === 429 && answer;
      });
      expectRefusal(surface, refused, { status: 429, code: 'rate_limited', words: '1 requests' });
      const seconds = Number(refused.headers.get('retry-after'));
      expect(seconds >= 1 && seconds <= 60).toBe(true);
      expect(refused.headers.get(surface.rateHeaders.remaining)).toBe('0');
      const ms = Math.min(seconds * 1_000, 59_999);
      const told = surface.name === 'Connect' ? String(ms) : null;
      expect(refused.headers.get('retry-after-ms')).toBe(told);
    });

    if (takesIdempotencyKey(operation)) {
      test('422: an Idempotency-Key with another body; with the same one, a replay', async () => {
        const headers = { 'idempotency-key': newId() };
        const path = await pathTo(operation);
        const json = await bodyFor(operation);
        const first = await request(surface, operation, { path, headers, json });
        expect([first.status < 300, first.headers.get('idempotent-replayed')]).toEqual([
          true,
          null,
        ]);
        const again = await request(surface, operation, { path, headers, json });
        expect(again.headers.get('idempotent-replayed')).toBe('true');
        expect(again.status).toBe(first.status);
        const other = { ...(await bodyFor(operation)), unknown: 'field' };
        const refused = await request(surface, operation, { path, headers, json: other });
        expectRefusal(surface, refused, { status: 422, code: 'idempotency_key_reused' });
      });
    }

    const { absent } = operation;
    if (absent) {
      test("404: what is unknown, and another organization's, told apart by nothing", async () => {
        const json = await bodyFor(operation);
        const refusal = { status: 404, code: 'not_found', words: absent.words };
        const bodies: unknown[] = [];
        for (const path of [absent.unknown, await absent.foreign()]) {
          const answer = await request(surface, operation, { path, json });
          expectRefusal(surface, answer, refusal);
          bodies.push(plain(answer));
        }
        expect(bodies[0]).toEqual(bodies[1]);
      });
    }
  });
});

const isBadBody = ({ status, code, words }: Refused) =>
  status === 400 && code === 'invalid_request' && words !== 'Idempotency-Key';
