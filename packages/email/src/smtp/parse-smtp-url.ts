import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

export type SmtpServer = {
  connection: SMTPConnectionOptions;
  auth: { user: string; pass: string } | undefined;
};

/**
 * `smtp[s]://[user:password@]host[:port]`, with `?requireTLS=true` (no mail without STARTTLS),
 * `?ignoreTLS=true`, `?tls.rejectUnauthorized=false` and `?name=` (what we call ourselves).
 * Throws a TypeError that never repeats the url, since it may hold a password.
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') {
    throw new TypeError('url must look like smtp://host:587 or smtps://user:password@host:465');
  }
  const secure = url.protocol === 'smtps:';
  const connection: SMTPConnectionOptions = {
    // An IPv6 address stands in brackets in a url, and without them everywhere else.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
  };
  for (const [key, value] of url.searchParams) {
    if (key === 'requireTLS') connection.requireTLS = flag(key, value);
    else if (key === 'ignoreTLS') connection.ignoreTLS = flag(key, value);
    else if (key === 'name') connection.name = value;
    else if (key === 'tls.rejectUnauthorized') {
      connection.tls = { rejectUnauthorized: flag(key, value) };
    } else throw new TypeError(`url has an unknown parameter: ${key}`);
  }
  return { connection, auth: credentials(url) };
}

function flag(key: string, value: string): boolean {
  if (value !== 'true' && value !== 'false') throw new TypeError(`${key} must be true or false`);
  return value === 'true';
}

function credentials(url: URL): SmtpServer['auth'] {
  if (url.username === '' && url.password === '') return undefined;
  try {
    return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  } catch {
    throw new TypeError('user and password in the url must be percent-encoded');
  }
}
