import { relative } from 'node:path';
import type { Stack } from '@usher/infra';
import { colors } from '../colors.ts';
import type { SeededOrganization } from './seed.ts';

/** What a person needs to know of a stack that is up: where it is, and a first request that works. */
export function describeStack(
  stack: Stack,
  organizations: readonly SeededOrganization[],
  folder: string,
): string {
  const near = relative(process.cwd(), folder);
  const place = near && !near.startsWith('..') ? near : folder;
  const lines = [
    '',
    colors.bold('Usher is up.'),
    '',
    `  API    ${colors.cyan(stack.apiUrl)}`,
    `  Inbox  ${stack.mailUrl ? colors.cyan(stack.mailUrl) : 'none: SMTP_URL names your own server'}`,
    `  Logs   ${place}/logs`,
    '',
    ...firstRequest(stack, organizations[0]),
    '',
    `Ctrl-C stops it; ${place} keeps the data (\`npm start -- --fresh\` empties it).`,
    '',
  ];
  return lines.join('\n');
}

function firstRequest(stack: Stack, organization: SeededOrganization | undefined): string[] {
  if (!organization) {
    return [
      'This database has organizations of its own. For a key to one:',
      '',
      '  npm run -s usher -- key create --org ID',
    ];
  }
  const body = {
    invite_method: 'email',
    email: 'ann@example.com',
    website_ids: organization.website_ids.slice(0, 2),
  };
  return [
    `Invite somebody to two websites of ${organization.name}, by one email:`,
    '',
    `  curl -s ${stack.apiUrl}/api/v1/invites/bulk \\`,
    `    -H 'x-api-key: ${organization.api_key}' \\`,
    `    -H 'content-type: application/json' \\`,
    `    -d '${JSON.stringify(body)}'`,
    ...(stack.mailUrl ? ['', 'Then open the inbox, and the link in the email.'] : []),
  ];
}
