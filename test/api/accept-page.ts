import { expect } from 'vitest';
import { anInvitation, type InviteFixture } from '../../packages/directory/src/fixtures.ts';
import { call, type Answer, type TestApi } from '../support/test-api.ts';

let people = 0;
/** Somebody new, invited to the first website unless the invites say otherwise. */
export async function invite(
  of: TestApi,
  invites: readonly InviteFixture[] = [{ websiteId: of.organization.websiteIds[0] as string }],
  names: { firstName?: string; lastName?: string } = {},
) {
  const email = `person-${(people += 1)}@example.com`;
  const { id, inviteIds } = await anInvitation(of.db, of.organization.id, email, invites, names);
  return { email, token: of.context.tokens.sign(id), inviteIds };
}

/** The page behind a link. */
export const open = (of: TestApi, token: string, method = 'GET') =>
  call<string>(of, method, `/accept?token=${encodeURIComponent(token)}`);
/** The form, sent. */
export const submit = (of: TestApi, fields: Record<string, string> | [string, string][]) =>
  call<string>(of, 'POST', '/accept', { body: new URLSearchParams(fields) });
export const userOf = (of: TestApi, email: string) =>
  of.db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst();

/** A whole page, with every header that pages carry. */
export function expectPage(answer: Answer<string>, status: number, title: string): void {
  expect([answer.status, /<h1>(.*?)<\/h1>/s.exec(answer.body)?.[1]]).toEqual([status, title]);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.body).toMatch(/^<!doctype html>\s*<html lang="en"/);
  expect(answer.body).not.toMatch(/<script|javascript:|\son\w+=/i);
  expectStrictHeaders(answer.headers);
}

export function expectStrictHeaders(headers: Headers): void {
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-robots-tag')).toBe('noindex');
  const policy = headers.get('content-security-policy')?.split('; ') ?? [];
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("base-uri 'none'");
}
