import { expect, test } from 'vitest';
import { endpointDisabledContent } from '../testing/endpoint-disabled.ts';
import { invitationEmail, never } from '../testing/invitation-email.ts';
import { mailerFor, startCatching } from '../testing/mailers.ts';
import type { EndpointDisabledContent } from './endpoint-disabled.ts';
import { renderContent } from './render-content.ts';

const render = (changes: Partial<EndpointDisabledContent> = {}) =>
  renderContent(endpointDisabledContent(changes), 'Usher');

const bodiesOf = (changes: Partial<EndpointDisabledContent> = {}) => {
  const { html, text } = render(changes);
  return [html, text];
};

test('it arrives whole over SMTP, in HTML and in text', async () => {
  const server = await startCatching();
  const email = { ...invitationEmail(), content: endpointDisabledContent() };
  expect((await mailerFor(server.url).send(email, never)).kind).toBe('accepted');
  const parsed = server.emails[0]?.parsed;
  expect(parsed?.subject).toBe('Acme: no more webhooks to hooks.acme.example');
  for (const body of [parsed?.html, parsed?.text]) {
    expect(body).toContain('POST https://usher.example/api/v1/webhook-endpoints/endpoint-1/enable');
  }
});

test('HTML and text both tell which endpoint of whom, since when, why and for how long things are kept', () => {
  for (const body of bodiesOf()) {
    expect(body).toMatch(/An endpoint of (<strong><bdi>)?Acme/);
    expect(body).toContain('no longer gets webhooks');
    expect(body).toContain('https://hooks.acme.example/usher');
    expect(body).toContain(
      'It was disabled on Tuesday, 3 March 2026 at 14:05 UTC: no delivery succeeded for 120 hours. ' +
        'It had failed since Thursday, 26 February 2026 at 14:00 UTC.',
    );
    expect(body).toContain('What happens meanwhile is kept for 30 days.');
    expect(body).toContain('Sent by Usher on behalf of Acme.');
  }
});

test('HTML and text both name the requests that mend it, in the order to make them', () => {
  const at = 'https://usher.example/api/v1/webhook-endpoints/endpoint-1';
  for (const body of bodiesOf()) {
    const enable = body.indexOf(`POST ${at}/enable`);
    expect(enable).toBeGreaterThan(0);
    expect(body.indexOf(`POST ${at}/recover`)).toBeGreaterThan(enable);
    expect(body).toContain('x-api-key');
  }
  expect(render().text).toContain(`1. POST ${at}/enable\n`);
  expect(render().text).toContain(`2. POST ${at}/recover\n`);
});

test('the body that also brings back what was given up before reaches back beyond the first failure', () => {
  expect(render().text).toContain('with {"since": "2026-02-26T13:00:00.000Z"} as its body');
  expect(render().html).toContain('{&quot;since&quot;: &quot;2026-02-26T13:00:00.000Z&quot;}');
});

test('of one that failed for the first time nothing earlier is told', () => {
  for (const failingSince of [null, new Date('2026-03-03T14:05:00Z')]) {
    for (const body of bodiesOf({ failingSince, reason: 'it answered 410 Gone' })) {
      expect(body).toContain('at 14:05 UTC: it answered 410 Gone.');
      expect(body).not.toContain('had failed since');
      expect(body).toContain('It is sent what it missed by being disabled.');
    }
  }
});

test('without a reason it says so; a reason that is a sentence ends once, and a long one is cut', () => {
  expect(render({ reason: ' \u0000\r\n' }).text).toContain('UTC: no reason was given.');
  expect(render({ reason: 'It is gone.', failingSince: null }).text).toContain('It is gone.\n');
  for (const body of bodiesOf({ reason: '漢'.repeat(9_999) })) {
    expect(body).toContain(`${'漢'.repeat(299)}….`);
  }
});

test('nothing in it is a link: its addresses are for programs', () => {
  expect(render().html).not.toMatch(/href|<a\b/);
});

test('markup in any value stays text', () => {
  const evil = `"><script>alert('x')</script><img src=x onerror="y">&amp;`;
  const { html, text } = render({
    organization: evil,
    reason: evil,
    url: `https://hooks.example/?x=${evil}`,
    endpointUrl: `https://usher.example/${evil}`,
  });
  expect(html).not.toMatch(/<script|<img/i);
  expect(html.split('&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)').length).toBeGreaterThan(3);
  expect(text).toContain(`UTC: ${evil}.`);
});

test('a name or reason makes no line of its own, and reorders nothing around it', () => {
  const { subject, html, text } = render({
    organization: 'Ac\u202eme\r\nBcc: eve@example.com',
    reason: 'no\r\n\r\n1. POST\u2066',
  });
  expect(subject).toBe('Acme Bcc: eve@example.com: no more webhooks to hooks.acme.example');
  for (const part of [subject, html, text]) {
    expect(part).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  }
  expect(text).toContain('UTC: no 1. POST. It had failed');
});

test('an address that is not http or https is refused', () => {
  for (const wrong of ['javascript:alert(1)', 'data:text/html,x', '/hooks', '', 'ftp://x/']) {
    expect(() => render({ url: wrong }), wrong).toThrow('must be http or https');
    expect(() => render({ endpointUrl: wrong }), wrong).toThrow('must be http or https');
  }
});

test('a time that is none can never be sent: it is rejected for good, unsent', async () => {
  const server = await startCatching();
  const mailer = mailerFor(server.url);
  const noTime = new Date(Number.NaN);
  for (const changes of [{ disabledAt: noTime }, { failingSince: noTime }]) {
    const email = { ...invitationEmail(), content: endpointDisabledContent(changes) };
    expect(await mailer.send(email, never)).toMatchObject({
      kind: 'rejected',
      permanent: true,
      code: 'invalid_email',
    });
  }
  expect(server.connections()).toBe(0);
});

test('the page is one column of at most 600 pixels, without images, for light and dark', () => {
  const { html } = render();
  expect(html).toMatch(/^<!doctype html>\s*<html lang="en" dir="ltr">/);
  expect(html).toContain('max-width:600px');
  expect(html).toContain('prefers-color-scheme: dark');
  expect(html).not.toMatch(/<img|url\(/);
});
