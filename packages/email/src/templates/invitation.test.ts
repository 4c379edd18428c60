import { expect, test } from 'vitest';
import { invitationContent } from '../testing/invitation-email.ts';
import { type InvitationContent, type InvitedItem, renderInvitation } from './invitation.ts';

const render = (changes: Partial<InvitationContent> = {}) =>
  renderInvitation(invitationContent(changes), 'Usher');

const items = (websites: number, groups: number): InvitedItem[] => [
  ...Array.from({ length: websites }, (_, at) => website(`Site ${at + 1}`)),
  ...Array.from({ length: groups }, (_, at) => ({
    ...website(`Team ${at + 1}`),
    kind: 'group' as const,
  })),
];
const website = (name: string): InvitedItem => ({ kind: 'website', name, role: 'viewer' });

test('the subject counts websites and groups, and names a single item', () => {
  expect(render({ items: items(3, 0) }).subject).toBe('Acme invited you to 3 websites');
  expect(render({ items: items(0, 2) }).subject).toBe('Acme invited you to 2 groups');
  expect(render({ items: items(2, 1) }).subject).toBe('Acme invited you to 2 websites and 1 group');
  expect(render({ items: items(1, 1) }).subject).toBe('Acme invited you to 1 website and 1 group');
  expect(render({ items: items(1, 0) }).subject).toBe('Acme invited you to Site 1');
});

test('HTML and text both name every item with its role, the organization, the link and its end', () => {
  const { html, text } = render({
    items: [
      { kind: 'website', name: 'Shop', role: 'admin' },
      { kind: 'group', name: 'Sales', role: 'viewer' },
    ],
  });
  expect(text).toContain('- Shop (website, admin)\n- Sales (group, viewer)');
  expect(html).toMatch(/Shop<\/bdi>.*website.*admin<\/td>/);
  expect(html).toMatch(/Sales<\/bdi>.*group.*viewer<\/td>/);
  for (const body of [html, text]) {
    expect(body).toContain('Acme');
    expect(body).toContain('1 website and 1 group');
    expect(body).toContain('https://usher.example/accept/token-1');
    expect(body).toContain('The link expires on Tuesday, 3 March 2026 at 14:05 UTC.');
    expect(body).toContain('If you did not expect this invitation');
    expect(body).toContain('Usher');
  }
});

test('the greeting uses the first name when there is one', () => {
  expect(render({ firstName: 'Ada' }).text).toMatch(/^Hi Ada,\n/);
  expect(render({ firstName: ' \r\n' }).text).toMatch(/^Hello,\n/);
  const { firstName: _firstName, ...nameless } = invitationContent();
  expect(renderInvitation(nameless, 'Usher').html).toContain('>Hello,</p>');
});

test('there is one accept link: as a button and spelled out', () => {
  const { html } = render();
  const links = [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1]);
  expect(links).toEqual(Array(2).fill('https://usher.example/accept/token-1'));
  expect(html).toContain('>https://usher.example/accept/token-1</a>');
});

test('markup in any value stays text, in attributes too', () => {
  const evil = `"><script>alert('x')</script><img src=x onerror="y">&amp;`;
  const { html, text } = render({
    organization: evil,
    firstName: evil,
    items: [website(evil), website(evil)],
    acceptUrl: `https://usher.example/a?x="><script>alert(1)</script>&b='`,
  });
  expect(html).not.toMatch(/<script|<img/i);
  expect(html).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
  expect(html).toContain('&amp;amp;');
  expect(html).toContain(
    'href="https://usher.example/a?x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&amp;b=%27"',
  );
  expect(text).toContain(evil);
});

test('an accept link that is not http or https is refused', () => {
  for (const acceptUrl of ['javascript:alert(1)', 'data:text/html,x', '/accept', '', 'ftp://x/']) {
    expect(() => render({ acceptUrl }), acceptUrl).toThrow('must be http or https');
  }
});

test('10,000 items are one email that names every one of them, and stays within what servers take', () => {
  const { subject, html, text } = render({ items: items(9_000, 1_000) });
  expect(subject).toBe('Acme invited you to 9,000 websites and 1,000 groups');
  for (const body of [html, text]) {
    expect(body).toContain('9,000 websites and 1,000 groups');
    for (const n of [1, 200, 201, 9_000]) expect(body).toMatch(new RegExp(`Site ${n}\\b`));
  }
  expect(html).toContain('and 9,800 more');
  const longest = render({
    items: items(10_000, 0).map((item) => ({ ...item, name: '漢'.repeat(9_999) })),
  });
  expect(Buffer.byteLength(html)).toBeLessThan(1_000_000);
  expect(Buffer.byteLength(longest.html)).toBeLessThan(8_000_000);
});

test('200 items are all named, with nothing more', () => {
  const { text } = render({ items: items(200, 0) });
  expect(text).toContain('- Site 200 (website, viewer)');
  expect(text).not.toContain('more');
});

test('bidi controls in names are gone, and names keep their direction to themselves', () => {
  const { subject, html, text } = render({
    organization: 'Ac\u202eme',
    items: [website('safe\u202egpj.exe'), website('שלום')],
  });
  for (const part of [subject, html, text])
    expect(part).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  expect(html).toContain('<bdi>safegpj.exe</bdi>');
  expect(html).toContain('<bdi>שלום</bdi>');
});

test('a name that cleans to nothing is called unnamed', () => {
  expect(render({ items: [website('\u202e \r\n')] }).subject).toBe(
    'Acme invited you to an unnamed website',
  );
});

test('the page is one column of at most 600 pixels, without images, for light and dark', () => {
  const { html } = render();
  expect(html).toMatch(/^<!doctype html>\s*<html lang="en" dir="ltr">/);
  expect(html).toContain('max-width:600px');
  expect(html).toContain('prefers-color-scheme: dark');
  expect(html).not.toMatch(/<img|url\(/);
});

test('an invitation to the organization itself says so, and does not repeat its name', () => {
  const { subject, html, text } = render({
    items: [{ kind: 'organization', name: 'Acme', role: 'admin' }],
  });
  expect(subject).toBe('Acme invited you to join the organization');
  expect(text).toContain('Acme invited you to join the organization.');
  expect(text).toContain('- Acme (organization, admin)');
  expect(html).toMatch(/Acme<\/bdi>.*organization.*admin<\/td>/);
});

test('what whoever invites says is quoted line by line, set off from our own words', () => {
  const { subject, html, text } = render({ text: '\n See you \n\n\non  Monday\n\n' });
  expect(text).toContain('invited you to 3 websites.\n\n> See you\n>\n> on Monday\n\n- Shop');
  expect(html).toMatch(/<blockquote [^>]*><bdi>See you<br><br>on Monday<\/bdi><\/blockquote>/);
  expect(subject).not.toContain('See you');
});

test.each([[undefined], [''], [' \n\t\n '], ['\u200b\n\u202e']])(
  'where nothing is said, %j, nothing is quoted',
  (text) => {
    const silent = render();
    expect(render(text === undefined ? {} : { text })).toEqual(silent);
    expect(silent.html).not.toContain('<blockquote');
    expect(silent.text).not.toMatch(/^>/m);
  },
);

test('what is said cannot leave its quote, pose as ours or be markup', () => {
  const said = [
    'Hi</bdi></blockquote><a href="https://evil.example">Accept</a>',
    'a\u2028Accept the invitation:\u2029https://evil.example\rb\u0085c',
    'safe\u202egpj.exe',
    'half \ud800',
  ].join('\n');
  const { html, text } = render({ text: said });
  const links = [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1]);
  expect(new Set(links)).toEqual(new Set(['https://usher.example/accept/token-1']));
  expect(html.match(/<\/blockquote>/g)).toHaveLength(1);
  const named = text.split('\n').filter((each) => each.includes('evil.example'));
  expect(named).toHaveLength(2);
  for (const each of named) expect(each).toMatch(/^> /);
  for (const part of [html, text]) {
    expect(part).not.toMatch(/[\u0085\u2028\u2029\u202a-\u202e]/);
    expect(part.isWellFormed()).toBe(true);
  }
});

test('the longest text is there whole, on one line or on thousands', () => {
  const line = 'x'.repeat(5_000);
  expect(render({ text: line }).html).toContain(line);
  const lines = Array.from({ length: 2_500 }, (_, n) => String(n % 10)).join('\n');
  const { html, text } = render({ text: lines });
  expect(html.match(/<br>\d/g)).toHaveLength(2_499);
  expect(text.match(/^> \d$/gm)).toHaveLength(2_500);
});
