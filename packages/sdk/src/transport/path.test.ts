import { expect, test } from 'vitest';
import { path } from './path.ts';

test('an id is one segment of its path, whatever is in it', () => {
  const hostile = '../groups?x=1#y/z';
  expect(new URL(path`/jobs/${hostile}/cancel`, 'http://a').pathname).toBe(
    '/jobs/..%2Fgroups%3Fx%3D1%23y%2Fz/cancel',
  );
});

test.each(['', '.', '..', undefined, null, 7])(
  'what is no id, as %j, is refused before anything is sent',
  (id) => {
    expect(() => path`/webhook-endpoints/${id as string}`).toThrow(TypeError);
  },
);
