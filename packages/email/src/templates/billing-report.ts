import { type Markup, markup } from '@usher/markup';
import { cleanLine } from '../message/clean-line.ts';
import { countWords, formatNumber } from './count-words.ts';
import { frame } from './frame.ts';
import type { RenderedEmail } from './render-content.ts';
import { webLink } from './web-link.ts';

export type BillingReportContent = {
  template: 'billing-report';
  organization: string;
  /** Of groups. */
  counts: { total: number; succeeded: number; failed: number; canceled: number };
  /** The name of each group that failed and why, in the order of the request; 200 are shown. */
  failures: Array<{ name: string; reason: string }>;
  /** How many failed beside those in `failures`. */
  moreFailures: number;
  /** http or https; whoever opens it needs an API key. */
  jobUrl: string;
};

type Failure = BillingReportContent['failures'][number];

const rowLimit = 200;
const reasonLimit = 300;

const faint = 'font-size:14px;line-height:20px;color:#71717a';
const cell = 'border-top:1px solid #e4e4e7;vertical-align:top';

/** The one email at the end of a billing provisioning. Throws `InvalidEmail` without a web link. */
export function renderBillingReport(
  content: BillingReportContent,
  productName: string,
): RenderedEmail {
  const { counts } = content;
  const jobUrl = webLink('link to the job', content.jobUrl);
  const organization = cleanLine(content.organization) || 'An organization';
  const failures = content.failures.slice(0, rowLimit).map(({ name, reason }) => ({
    name: cleanLine(name) || 'an unnamed group',
    reason: cleanLine(reason, reasonLimit) || 'no reason was given',
  }));
  const unlisted = content.moreFailures + content.failures.length - failures.length;
  const more = unlisted > 0 ? `and ${formatNumber(unlisted)} more` : null;
  const words = {
    subject: `${organization}: billing provisioned for ${share(counts)}`,
    totals: totals(counts),
    link: 'The job, for whoever has an API key:',
    unexpected:
      'Your address was given for this report when the job was submitted. If you did not expect it, you can ignore this email.',
    footer: `Sent by ${cleanLine(productName)} on behalf of ${organization}.`,
  };
  return {
    subject: words.subject,
    text: [
      'Hello,',
      `The billing provisioning of ${organization} has ended.\n${words.totals}`,
      `${words.link}\n${jobUrl}`,
      ...(failures.length === 0 ? [] : [textList(failures, more)]),
      words.unexpected,
      `${words.footer}\n`,
    ].join('\n\n'),
    // The link stands above the list, where no client's size limit can cut it off.
    html: frame({
      title: words.subject,
      preview: words.totals,
      footer: words.footer,
      body: markup`<p style="margin:0 0 16px">Hello,</p>
<p style="margin:0 0 16px">The billing provisioning of <strong><bdi>${organization}</bdi></strong> has ended.<br>
${words.totals}</p>
<p class="faint" style="${faint};margin:0 0 24px">${words.link}<br>
<a class="link" href="${jobUrl}" style="color:#1d4ed8;word-break:break-all">${jobUrl}</a></p>
${failures.length === 0 ? null : htmlList(failures, more)}
<p class="faint" style="${faint};margin:24px 0 0">${words.unexpected}</p>`,
    }).toString(),
  };
}

type Counts = BillingReportContent['counts'];

function share({ total, succeeded }: Counts): string {
  const groups = countWords(total, 'group');
  return succeeded === total ? groups : `${formatNumber(succeeded)} of ${groups}`;
}

function totals({ total, succeeded, failed, canceled }: Counts): string {
  const ended = [`${formatNumber(succeeded)} succeeded`, `${formatNumber(failed)} failed`];
  if (canceled > 0) ended.push(`${formatNumber(canceled)} canceled`);
  return `${countWords(total, 'group')}: ${ended.join(', ')}.`;
}

function textList(failures: readonly Failure[], more: string | null): string {
  const lines = failures.map(({ name, reason }) => `- ${name}: ${reason}`);
  return ['What failed:', ...lines, ...(more === null ? [] : [more])].join('\n');
}

// Names and reasons keep their own reading direction (bdi): neither can reorder the words around it.
function htmlList(failures: readonly Failure[], more: string | null): Markup {
  const rows = failures.map(
    ({ name, reason }) => markup`
<tr><td style="${cell}"><bdi>${name}</bdi></td><td style="${cell}"><bdi>${reason}</bdi></td></tr>`,
  );
  const last = markup`
<tr><td colspan="2" style="${cell}">${more}</td></tr>`;
  return markup`<table width="100%" cellpadding="8" cellspacing="0" border="0" style="font-size:15px;line-height:20px;word-break:break-word">
<tr><th align="left" scope="col">Failed group</th><th align="left" scope="col">Reason</th></tr>${rows}${more === null ? null : last}
</table>`;
}
