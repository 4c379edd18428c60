import { formatInstant, type Markup, markup } from '@usher/markup';
import { cleanLine } from '../message/clean-line.ts';
import { InvalidEmail } from '../message/invalid-email.ts';
import { frame } from './frame.ts';
import type { RenderedEmail } from './render-content.ts';
import { webLink } from './web-link.ts';

export type EndpointDisabledContent = {
  template: 'endpoint-disabled';
  organization: string;
  /** Of the endpoint: http or https. */
  url: string;
  /** A phrase: "it answered 410 Gone". */
  reason: string;
  disabledAt: Date;
  /** The first failure since its last success; null where nothing is known to have failed before. */
  failingSince: Date | null;
  /** Where our API shows the endpoint: http or https; whoever asks there needs an API key. */
  endpointUrl: string;
};

const reasonLimit = 300;
/** An event is older than its first failure: what is asked for anew must reach back a little further. */
const marginMs = 60 * 60_000;

const faint = 'font-size:14px;line-height:20px;color:#71717a';
const address = 'word-break:break-all';
const code = 'font-family:Consolas,Menlo,monospace;font-size:14px;word-break:break-all';

/** Tells that an endpoint gets no more webhooks. Throws `InvalidEmail` without web links or valid dates. */
export function renderEndpointDisabled(
  content: EndpointDisabledContent,
  productName: string,
): RenderedEmail {
  const url = webLink('address of the endpoint', content.url);
  const endpointUrl = webLink('link to the endpoint', content.endpointUrl);
  const organization = cleanLine(content.organization) || 'An organization';
  const words = {
    subject: `${organization}: no more webhooks to ${cleanLine(new URL(url).host)}`,
    disabled: whyAndSince(content),
    kept: 'What happens meanwhile is kept for 30 days. Once the endpoint works again, two requests mend it, each with an API key in x-api-key:',
    unneeded: 'If you do not need this endpoint any more, there is nothing to do.',
    contact:
      'Your address is the contact of this organization. If you did not expect this email, you can ignore it.',
    footer: `Sent by ${cleanLine(productName)} on behalf of ${organization}.`,
  };
  const requests = [
    { line: `POST ${endpointUrl}/enable`, effect: 'Webhooks are sent to it again.' },
    { line: `POST ${endpointUrl}/recover`, effect: recovered(content) },
  ];
  return {
    subject: words.subject,
    text: [
      'Hello,',
      `An endpoint of ${organization} no longer gets webhooks:\n${url}`,
      words.disabled,
      words.kept,
      requests.map(({ line, effect }, at) => `${at + 1}. ${line}\n   ${effect}`).join('\n'),
      words.unneeded,
      words.contact,
      `${words.footer}\n`,
    ].join('\n\n'),
    // No links: both addresses are for programs, and opening one would only puzzle.
    html: frame({
      title: words.subject,
      preview: words.disabled,
      footer: words.footer,
      body: markup`<p style="margin:0 0 16px">Hello,</p>
<p style="margin:0 0 16px">An endpoint of <strong><bdi>${organization}</bdi></strong> no longer gets webhooks:<br>
<strong style="${address}">${url}</strong></p>
<p style="margin:0 0 16px"><bdi>${words.disabled}</bdi></p>
<p style="margin:0 0 16px">${words.kept}</p>
<ol style="margin:0 0 16px;padding-left:24px">${requests.map(htmlRequest)}
</ol>
<p style="margin:0 0 16px">${words.unneeded}</p>
<p class="faint" style="${faint};margin:24px 0 0">${words.contact}</p>`,
    }).toString(),
  };
}

/** When it was disabled and why; and since when it had failed, where that was not at once. */
function whyAndSince({ disabledAt, failingSince, reason }: EndpointDisabledContent): string {
  const why = cleanLine(reason, reasonLimit).replace(/\.$/, '') || 'no reason was given';
  const then = instant(disabledAt);
  const since = failingSince && instant(failingSince);
  const earlier = since === null || since === then ? '' : ` It had failed since ${since}.`;
  return `It was disabled on ${then}: ${why}.${earlier}`;
}

/** What was given up on before the end is asked for by a time: only the rest was stopped by it. */
function recovered({ disabledAt, failingSince }: EndpointDisabledContent): string {
  const missed = 'It is sent what it missed by being disabled';
  if (failingSince === null || failingSince >= disabledAt) return `${missed}.`;
  const since = new Date(failingSince.getTime() - marginMs).toISOString();
  return `${missed}; with {"since": "${since}"} as its body, also what was given up before.`;
}

function instant(date: Date): string {
  if (!Number.isNaN(date.getTime())) return formatInstant(date);
  throw new InvalidEmail('invalid_email', 'The time of the disabling is not a valid date');
}

const htmlRequest = ({ line, effect }: { line: string; effect: string }): Markup => markup`
<li style="margin:0 0 8px"><code style="${code}">${line}</code><br>${effect}</li>`;
