import { cleanLine } from '../message/clean-line.ts';
import { InvalidEmail } from '../message/invalid-email.ts';
import { countWords, formatNumber } from './count-words.ts';
import { formatInstant } from '@usher/markup';
import { button, frame } from './frame.ts';
import { type Markup, markup } from '@usher/markup';
import type { RenderedEmail } from './render-content.ts';
import { webLink } from './web-link.ts';

export type InvitedItem = { kind: 'website' | 'group'; name: string; role: 'admin' | 'viewer' };

export type InvitationContent = {
  template: 'invitation';
  organization: string;
  firstName?: string;
  items: InvitedItem[];
  /** http or https; whoever has it can accept. */
  acceptUrl: string;
  expiresAt: Date;
};

// Beyond these, names stand in one paragraph: a row each would make the mail too large to be taken.
const rowLimit = 200;

const faint = 'font-size:14px;line-height:20px;color:#71717a';
const line = 'border-top:1px solid #e4e4e7';

/** The one email of an invitation. Throws `InvalidEmail` without items, link or a valid expiry. */
export function renderInvitation(content: InvitationContent, productName: string): RenderedEmail {
  const acceptUrl = webLink('accept link', content.acceptUrl);
  if (content.items.length === 0) throw new InvalidEmail('invalid_email', 'Nothing to invite to');
  if (Number.isNaN(content.expiresAt.getTime())) {
    throw new InvalidEmail('invalid_email', 'The expiry is not a valid date');
  }
  const organization = cleanLine(content.organization) || 'An organization';
  const firstName = cleanLine(content.firstName ?? '', 60);
  const items = content.items.map((item) => ({
    ...item,
    name: cleanLine(item.name) || `an unnamed ${item.kind}`,
  }));
  const only = content.items.length === 1 ? items[0] : undefined;
  const words = {
    subject: `${organization} invited you to ${only ? only.name : totals(content.items)}`,
    greeting: firstName === '' ? 'Hello,' : `Hi ${firstName},`,
    invited: ` invited you to ${totals(content.items)}.`,
    expiry: `The link expires on ${formatInstant(content.expiresAt)}.`,
    unexpected:
      'If you did not expect this invitation, you can ignore this email: nothing happens unless you accept. The link is meant for you alone, so please do not forward it.',
    footer: `Sent by ${cleanLine(productName)} on behalf of ${organization}.`,
  };
  return {
    subject: words.subject,
    text: [
      words.greeting,
      organization + words.invited,
      items.map((item) => `- ${item.name} (${item.kind}, ${item.role})`).join('\n'),
      `Accept the invitation:\n${acceptUrl}`,
      words.expiry,
      words.unexpected,
      `${words.footer}\n`,
    ].join('\n\n'),
    // The link stands above the list, where no client's size limit can cut it off.
    html: frame({
      title: words.subject,
      preview: words.expiry,
      footer: words.footer,
      body: markup`<p style="margin:0 0 16px">${words.greeting}</p>
<p style="margin:0"><strong><bdi>${organization}</bdi></strong>${words.invited}</p>
${button('Accept the invitation', acceptUrl)}
<p class="faint" style="${faint};margin:0 0 24px">${words.expiry} If the button does not work, open this address:<br>
<a class="link" href="${acceptUrl}" style="color:#1d4ed8;word-break:break-all">${acceptUrl}</a></p>
${list(items)}
<p class="faint" style="${faint};margin:24px 0 0">${words.unexpected}</p>`,
    }).toString(),
  };
}

function totals(items: readonly InvitedItem[]): string {
  const websites = items.filter((item) => item.kind === 'website').length;
  const groups = items.length - websites;
  const counts: Array<[number, string]> = [
    [websites, 'website'],
    [groups, 'group'],
  ];
  const mentioned = counts.filter(([count]) => count > 0);
  return mentioned.map(([count, word]) => countWords(count, word)).join(' and ');
}

// Names keep their own reading direction (bdi), so that one cannot reorder the words around it.
function list(items: readonly InvitedItem[]): Markup {
  const rows = items.slice(0, rowLimit).map(
    ({ kind, name, role }) => markup`
<tr><td style="${line}"><bdi>${name}</bdi> <span class="faint" style="color:#71717a">${kind}</span></td><td align="right" style="${line}">${role}</td></tr>`,
  );
  const rest = items.slice(rowLimit).map(
    ({ kind, name, role }) => markup`
<bdi>${name}</bdi> (${kind}, ${role});`,
  );
  const last = markup`
<tr><td colspan="2" style="${line}">and ${formatNumber(rest.length)} more:${rest}</td></tr>`;
  return markup`<table width="100%" cellpadding="8" cellspacing="0" border="0" style="font-size:15px;line-height:20px;word-break:break-word">
<tr><th align="left" scope="col">Name</th><th align="right" scope="col">Role</th></tr>${rows}${rest.length === 0 ? [] : last}
</table>`;
}
