import { expect, test } from 'vitest';
import { billingReportContent } from '../testing/billing-report.ts';
import { invitationEmail, never } from '../testing/invitation-email.ts';
import { mailerFor, startCatching } from '../testing/mailers.ts';
import type { BillingReportContent } from './billing-report.ts';
import { renderContent } from './render-content.ts';

const render = (changes: Partial<BillingReportContent> = {}) =>
  renderContent(billingReportContent(changes), 'Usher');

const counts = (succeeded: number, failed: number, canceled = 0) => ({
  counts: { total: succeeded + failed + canceled, succeeded, failed, canceled },
});
const failures = (count: number, reason = 'Group not found') =>
  Array.from({ length: count }, (_, at) => ({ name: `Team ${at + 1}`, reason }));

test('a report arrives whole over SMTP, in HTML and in text', async () => {
  const server = await startCatching();
  const email = { ...invitationEmail(), content: billingReportContent() };
  expect((await mailerFor(server.url).send(email, never)).kind).toBe('accepted');
  const parsed = server.emails[0]?.parsed;
  expect(parsed?.subject).toBe('Acme: billing provisioned for 1 of 3 groups');
  for (const body of [parsed?.html, parsed?.text]) {
    expect(body).toContain('This currency is not supported');
  }
});

test('the subject says for how many groups of how many it worked', () => {
  expect(render(counts(3, 0)).subject).toBe('Acme: billing provisioned for 3 groups');
  expect(render(counts(1, 0)).subject).toBe('Acme: billing provisioned for 1 group');
  expect(render(counts(0, 1)).subject).toBe('Acme: billing provisioned for 0 of 1 group');
  expect(render(counts(8_000, 1_500, 500)).subject).toBe(
    'Acme: billing provisioned for 8,000 of 10,000 groups',
  );
});

test('HTML and text both tell the organization, the counts, the link and each failure with its reason', () => {
  const { html, text } = render();
  expect(text).toContain('- Sales: This currency is not supported\n- Support: Group not found');
  expect(html).toMatch(/<bdi>Sales<\/bdi>.*<bdi>This currency is not supported<\/bdi>/);
  expect(html).toMatch(/<bdi>Support<\/bdi>.*<bdi>Group not found<\/bdi>/);
  for (const body of [html, text]) {
    expect(body).toContain('Acme');
    expect(body).toContain('3 groups: 1 succeeded, 2 failed.');
    expect(body).toContain('https://usher.example/api/v1/jobs/job-1');
    expect(body).toContain('If you did not expect it');
    expect(body).toContain('Sent by Usher on behalf of Acme.');
  }
});

test('canceled groups are counted when there are any', () => {
  for (const body of [render(counts(1, 2, 3)).html, render(counts(1, 2, 3)).text]) {
    expect(body).toContain('6 groups: 1 succeeded, 2 failed, 3 canceled.');
  }
  expect(render().text).not.toContain('canceled');
});

test('where nothing failed there is no list', () => {
  const { html, text } = render({ ...counts(3, 0), failures: [] });
  expect(html).not.toContain('Failed group');
  expect(text).not.toContain('What failed');
});

test('200 failures are all listed, with nothing more; of others only the number is told', () => {
  const all = render({ ...counts(0, 200), failures: failures(200) });
  const cut = render({ ...counts(0, 1_400), failures: failures(200), moreFailures: 1_200 });
  for (const body of [all.html, all.text]) {
    expect(body).toMatch(/Team 200\b/);
    expect(body).not.toContain('more');
  }
  for (const body of [cut.html, cut.text]) {
    expect(body).toMatch(/Team 200\b/);
    expect(body).toContain('and 1,200 more');
  }
});

test('a list that is too long is cut, its rest counted, and the email stays within what servers take', () => {
  const { html, text } = render({
    ...counts(0, 10_000),
    failures: failures(9_000, '漢'.repeat(9_999)).map(({ reason }) => ({ name: reason, reason })),
    moreFailures: 1_000,
  });
  for (const body of [html, text]) {
    expect(body).toContain('and 9,800 more');
    expect(Buffer.byteLength(body)).toBeLessThan(1_000_000);
  }
});

test('there is one link to the job, spelled out', () => {
  const { html } = render();
  const links = [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1]);
  expect(links).toEqual(['https://usher.example/api/v1/jobs/job-1']);
  expect(html).toContain('>https://usher.example/api/v1/jobs/job-1</a>');
});

test('markup in any value stays text, in attributes too', () => {
  const evil = `"><script>alert('x')</script><img src=x onerror="y">&amp;`;
  const { html, text } = render({
    organization: evil,
    failures: [{ name: evil, reason: evil }],
    jobUrl: `https://usher.example/j?x="><script>alert(1)</script>&b='`,
  });
  expect(html).not.toMatch(/<script|<img/i);
  expect(html.split('<bdi>&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)')).toHaveLength(4);
  expect(html).toContain(
    'href="https://usher.example/j?x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&amp;b=%27"',
  );
  expect(text).toContain(`- ${evil}: ${evil}`);
});

test('a link that is not http or https is refused', () => {
  for (const jobUrl of [
    'javascript:alert(1)',
    'data:text/html,x',
    '/api/v1/jobs/1',
    '',
    'ftp://x/',
  ]) {
    expect(() => render({ jobUrl }), jobUrl).toThrow('must be http or https');
  }
});

test('a name or reason makes no line of its own, and reorders nothing around it', () => {
  const { subject, html, text } = render({
    organization: 'Ac\u202eme\r\nBcc: eve@example.com',
    failures: [
      { name: 'safe\u202egpj\n- Sales', reason: 'no\r\n\r\nThe job:\u2066' },
      { name: 'שלום', reason: 'אי אפשר' },
    ],
  });
  expect(subject).toBe('Acme Bcc: eve@example.com: billing provisioned for 1 of 3 groups');
  for (const part of [subject, html, text])
    expect(part).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  expect(text).toContain('\n- safegpj - Sales: no The job:\n- שלום: אי אפשר\n');
  expect(html).toContain('<bdi>שלום</bdi>');
  expect(html).toContain('<bdi>אי אפשר</bdi>');
});

test('a name or reason that cleans to nothing is said to be missing', () => {
  expect(render({ failures: [{ name: '\u202e \r\n', reason: '\u0000' }] }).text).toContain(
    '- an unnamed group: no reason was given',
  );
});

test('the page is one column of at most 600 pixels, without images, for light and dark', () => {
  const { html } = render();
  expect(html).toMatch(/^<!doctype html>\s*<html lang="en" dir="ltr">/);
  expect(html).toContain('max-width:600px');
  expect(html).toContain('prefers-color-scheme: dark');
  expect(html).not.toMatch(/<img|url\(/);
});
