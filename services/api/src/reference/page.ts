import { markup } from '@usher/markup';

/** The script that Scalar's bundle and our documents meet in. Nothing is asked of anybody else. */
export const START_SCRIPT = `Scalar.createApiReference('#reference', {
  sources: [
    { title: 'Jobs and webhooks', slug: 'native', url: '/openapi/native.json', default: true },
    { title: 'Invites, groups and websites', slug: 'athena', url: '/openapi/athena.json' },
    { title: 'Groups by reference', slug: 'connect', url: '/openapi/connect.json' },
    { title: 'Groups and attributes', slug: 'konstantly', url: '/openapi/konstantly.json' },
  ],
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  persistAuth: false,
});
`;

export const referencePage = (productName: string): string =>
  markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>API reference · ${productName}</title>
        <link rel="icon" href="data:," />
      </head>
      <body>
        <div id="reference"></div>
        <noscript>
          The documents are
          <a href="/openapi/native.json">native.json</a>, <a href="/openapi/athena.json">athena.json</a>,
          <a href="/openapi/connect.json">connect.json</a> and
          <a href="/openapi/konstantly.json">konstantly.json</a>.
        </noscript>
        <script src="/docs/scalar.js"></script>
        <script src="/docs/start.js"></script>
      </body>
    </html> `.toString();

/** Its styles are written by script; nothing is loaded from elsewhere, sent elsewhere or framed. */
export const REFERENCE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');
