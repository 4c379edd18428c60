import { expect, test } from 'vitest';
import { parseSmtpUrl } from './parse-smtp-url.ts';

test('scheme, port, credentials and addresses are read', () => {
  expect(parseSmtpUrl('smtp://mail.example')).toEqual({
    connection: { host: 'mail.example', port: 587, secure: false },
    auth: undefined,
  });
  expect(parseSmtpUrl('smtps://u%40x:p%2F@[::1]')).toEqual({
    connection: { host: '::1', port: 465, secure: true },
    auth: { user: 'u@x', pass: 'p/' },
  });
  const options = parseSmtpUrl('smtp://h:25?requireTLS=true&tls.rejectUnauthorized=false&name=n');
  expect(options.connection).toEqual({
    host: 'h',
    port: 25,
    secure: false,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    name: 'n',
  });
});

test('a url that cannot work is refused without repeating it', () => {
  for (const url of ['', 'mail.example', 'http://h', 'smtp://', 'smtp://u:se%cret@h']) {
    expect(() => parseSmtpUrl(url), url).toThrow(TypeError);
    expect(() => parseSmtpUrl(url), url).not.toThrow(/se%cret/);
  }
  expect(() => parseSmtpUrl('smtp://h?debug=true')).toThrow(/unknown parameter: debug/);
  expect(() => parseSmtpUrl('smtp://h?requireTLS=yes')).toThrow(/requireTLS must be true or false/);
});
