import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createChecks } from './checks.ts';

let printed: string;
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

test('what did not hold is counted, printed and kept, with what was found instead', () => {
  const checks = createChecks();
  checks.expect('one', true);
  checks.expect('two', false, { status: 500 });
  expect(checks).toMatchObject({ total: 2, broken: ['two (found {"status":500})'] });
  expect(printed).toMatch(/✔.* one\n.*✘.* two \(found/);
});

test('a part ends at what it requires, and the next one runs', async () => {
  const checks = createChecks();
  const ran: string[] = [];
  await checks.part('first', async () => {
    checks.require('needed', false);
    ran.push('never');
  });
  await checks.part('second', async () => {
    checks.require('needed too', true);
    ran.push('second');
  });
  expect(ran).toEqual(['second']);
  expect(checks).toMatchObject({ total: 2, broken: ['needed'] });
});

test('a part that throws did not hold', async () => {
  const checks = createChecks();
  await checks.part('first', () => Promise.reject(new Error('refused')));
  expect(checks.broken).toEqual(['first: runs to its end (found "Error: refused")']);
});
