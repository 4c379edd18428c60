import { expect, test } from 'vitest';
import { checkAnswer, type Exchange } from './check-answer.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const website = { id: ID, websiteUrl: 'one.example', websiteName: 'One' };

const answer = (body: unknown, more: Partial<Exchange> & { type?: string } = {}): Exchange => ({
  method: 'GET',
  path: '/api/v1/websites',
  status: 200,
  headers: new Headers({ 'content-type': more.type ?? 'application/json; charset=utf-8' }),
  text: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});

test('an answer as documented passes, also with a query, by HEAD and where there is no route', () => {
  expect(() => {
    checkAnswer(answer({ websites: [website, { ...website, externalId: null }] }));
    checkAnswer(answer({ websites: [] }, { path: '/api/v1/websites?x=1' }));
    checkAnswer(answer({ websites: [] }, { path: '/api/v1/%77ebsites' }));
    checkAnswer(answer('', { method: 'HEAD' }));
    checkAnswer(answer({ error: 'No route' }, { path: '/api/v1/nothing', status: 404 }));
    checkAnswer(answer('anything', { path: '/health/live' }));
  }).not.toThrow();
});

test.each<[what: string, exchange: Exchange]>([
  ['a key too many', answer({ websites: [{ ...website, secret: 'x' }] })],
  ['a key too few', answer({ websites: [{ id: ID, websiteUrl: 'one.example' }] })],
  ['no uuid', answer({ websites: [{ ...website, id: '1' }] })],
  ['null', answer({ websites: [{ ...website, websiteName: null }] })],
  ['a status', answer({ websites: [] }, { status: 201 })],
  ['a media type', answer('{"websites":[]}', { type: 'text/html' })],
  ['another surface’s error', answer({ status: 404, message: 'x' }, { status: 401 })],
  ['an error key too many', answer({ error: 'x', stack: 'x' }, { status: 401 })],
  [
    'a body where none is documented',
    answer('x', { method: 'DELETE', path: '/openapi/v1/groups/1' }),
  ],
  [
    'an error of another media type, where there is no route',
    answer({ error: 'No route' }, { path: '/api/v1/nothing', status: 404, type: 'text/html' }),
  ],
  ['a route that is none, but answers', answer({ websites: [] }, { path: '/api/v1/nothing' })],
  [
    'an undocumented header',
    answer(
      { websites: [] },
      { headers: new Headers({ 'content-type': 'application/json', location: '/x' }) },
    ),
  ],
])('%s is outside the document', (_, exchange) => {
  expect(() => checkAnswer(exchange)).toThrow('outside the document');
});

test('each line of NDJSON is checked', () => {
  const target = {
    position: 0,
    status: 'pending',
    code: null,
    message: null,
    attempts: 0,
    retryable: false,
    updated_at: null,
  };
  const lines = (...items: object[]) =>
    answer(items.map((item) => `${JSON.stringify(item)}\n`).join(''), {
      path: `/api/v1/jobs/${ID}/targets`,
      type: 'application/x-ndjson',
    });
  expect(() => checkAnswer(lines(target, target))).not.toThrow();
  expect(() => checkAnswer(lines(target, { ...target, attempts: '1' }))).toThrow('must be integer');
});
