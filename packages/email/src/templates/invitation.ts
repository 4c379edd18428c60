import { cleanLine } from '../message/clean-line.ts';
import { InvalidEmail } from '../message/invalid-email.ts';
import { countWords, formatNumber } from './count-words.ts';
import { formatInstant } from '@usher/markup';
import { button, frame } from './frame.ts';
import { type Markup, markup } from '@usher/markup';
import type { RenderedEmail } from './render-content.ts';
import { webLink } from './web-link.ts';

export type InvitedItem = {
  /** An `organization` is the one that invites. */
  kind: 'website' | 'group' | 'organization';
  name: string;
  role: 'admin' | 'viewer';
};

export type InvitationContent = {
  template: 'invitation';
  organization: string;
  firstName?: string;
  /** Of whoever invites, in their own words; lines are kept. */
  text?: string;
  items: InvitedItem[];
  /** http or https; whoever has it can accept. */
  acceptUrl: string;
  expiresAt: Date;
};

// Beyond these, names stand in one paragraph: a row each would make the mail too large to be taken.
const rowLimit = 200;
const LONGEST_LINE = 5_000;

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
  const said = linesOf(content.text ?? '');
  const items = content.items.map((item) => ({
    ...item,
    name: cleanLine(item.name) || `an unnamed ${item.kind}`,
  }));
  const only = content.items.length === 1 ? items[0] : undefined;
  const named = only && only.kind !== 'organization' ? only.name : totals(content.items);
  const words = {
    subject: `${organization} invited you to ${named}`,
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
      ...(said.length === 0 ? [] : [said.map((each) => `> ${each}`.trimEnd()).join('\n')]),
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
<p style="margin:0"><strong><bdi>${organization}</bdi></strong>${words.invited}</p>${quote(said)}
${button('Accept the invitation', acceptUrl)}
<p class="faint" style="${faint};margin:0 0 24px">${words.expiry} If the button does not work, open this address:<br>
<a class="link" href="${acceptUrl}" style="color:#1d4ed8;word-break:break-all">${acceptUrl}</a></p>
${list(items)}
<p class="faint" style="${faint};margin:24px 0 0">${words.unexpected}</p>`,
    }).toString(),
  };
}

/** Without blank lines around them; longer ones are cut, as all that others say here. */
const linesOf = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((each) => cleanLine(each, LONGEST_LINE))
    .filter((each, index, all) => each !== '' || (index > 0 && all[index - 1] !== ''));

/** Set off from our own words, so that nobody takes them for ours. */
function quote(said: readonly string[]): Markup | null {
  if (said.length === 0) return null;
  const lines = said.map((each, index) => markup`${index === 0 ? '' : markup`<br>`}${each}`);
  return markup`
<blockquote style="margin:16px 0 0;padding:0 0 0 12px;border-left:3px solid #e4e4e7"><bdi>${lines}</bdi></blockquote>`;
}

function totals(items: readonly InvitedItem[]): string {
  const count = (kind: InvitedItem['kind']) => items.filter((item) => item.kind === kind).length;
  const counts: Array<[number, string]> = [
    [count('website'), 'website'],
    [count('group'), 'group'],
  ];
  const mentioned = counts
    .filter(([number]) => number > 0)
    .map(([number, word]) => countWords(number, word));
  if (count('organization') > 0) mentioned.unshift('join the organization');
  return mentioned.join(' and ');
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
