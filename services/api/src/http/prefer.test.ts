import Fastify from 'fastify';
import { afterAll, expect, test } from 'vitest';
import { readPreference } from './prefer.ts';

const app = Fastify();
app.get('/', async (request, reply) => readPreference(request, reply));
app.get('/never', async (request, reply) => readPreference(request, reply, { never202: true }));
afterAll(() => app.close());

async function read(prefer: string | undefined, url = '/') {
  const { body, headers } = await app.inject({
    url,
    headers: prefer === undefined ? {} : { prefer },
  });
  const { stated, respondAsync, waitSeconds } = JSON.parse(body) as ReturnType<
    typeof readPreference
  >;
  return [stated, respondAsync, waitSeconds, headers['preference-applied']];
}

test.each<[prefer: string | undefined, wanted: unknown[]]>([
  [undefined, [false, false, 30, undefined]],
  ['return=minimal', [false, false, 30, undefined]],
  ['wait=soon', [false, false, 30, undefined]],
  ['wait=0', [true, false, 0, 'wait=0']],
  ['Wait = "5"', [true, false, 5, 'wait=5']],
  ['wait=60', [true, false, 60, 'wait=60']],
  ['wait=61', [true, false, 60, 'wait=60']],
  ['wait=999999', [true, false, 60, 'wait=60']],
  ['respond-async', [true, true, 0, 'respond-async']],
  ['RESPOND-ASYNC; wait=3', [true, true, 3, 'respond-async, wait=3']],
  ['wait=3, respond-async, wait=4', [true, true, 3, 'respond-async, wait=3']],
])('Prefer: %s is read as it was meant, and the answer says what was heeded', async (...it) => {
  const [prefer, wanted] = it;
  expect(await read(prefer)).toEqual(wanted);
});

test('where a 202 is never given, respond-async is not heeded', async () => {
  expect(await read('respond-async', '/never')).toEqual([false, false, 30, undefined]);
  expect(await read('respond-async, wait=2', '/never')).toEqual([true, false, 2, 'wait=2']);
});
