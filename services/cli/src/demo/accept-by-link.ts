import type { MemberResource } from '@usher/contracts';
import type { ReceivedEmail } from './inbox.ts';
import type { Stage } from './stage.ts';

interface Invited {
  email: ReceivedEmail;
  /** The websites that the link must make the recipient a member of. */
  invited: ReadonlyArray<{ id: string; name: string }>;
  role: 'admin' | 'viewer';
}

/** Follow the email's link like a browser without JavaScript: GET shows a form, POST accepts. */
export async function acceptByLink(stage: Stage, { email, invited, role }: Invited): Promise<void> {
  const { checks, apiUrl, signal } = stage;
  const recipient = email.to[0]?.address ?? '';
  const links = new Set(email.text.match(/https?:\/\/[^\s<>)]+/g));
  const [link] = links;
  checks.require('it holds one link, to this API', links.size === 1 && !!link?.startsWith(apiUrl), [
    ...links,
  ]);
  if (!link) return;

  const shown = await fetch(link, { signal });
  const page = await shown.text();
  const named = invited.every(({ name }) => page.includes(name));
  checks.expect('the link opens a page that names them', shown.status === 200 && named, page);
  checks.expect(
    'opening it accepts nothing yet',
    (await membersAmong(stage, invited.slice(0, 1), recipient)).length === 0,
  );

  const form = readForm(page, link);
  checks.require('the page has a form to accept with', form !== undefined, page);
  if (!form) return;
  const body = new URLSearchParams(form.fields);
  const done = await fetch(form.action, { method: 'POST', body, signal, redirect: 'manual' });
  checks.require('accepting is answered', [200, 303].includes(done.status), await done.text());

  const members = await membersAmong(stage, invited, recipient);
  const right = members.filter((member) => member.role === role && member.access_type === 'direct');
  checks.expect(
    `${recipient} is now ${role} of all ${invited.length}`,
    right.length === invited.length,
    members,
  );
}

/** The recipient's membership in each of these websites, where there is one. */
async function membersAmong(
  { api }: Stage,
  websites: ReadonlyArray<{ id: string }>,
  recipient: string,
): Promise<MemberResource[]> {
  const found: MemberResource[] = [];
  for (const { id } of websites) {
    const { body } = await api.call<{ members: MemberResource[] }>(
      `GET /api/v1/websites/${id}/members`,
    );
    found.push(...body.members.filter((member) => member.email === recipient));
  }
  return found;
}

function readForm(
  page: string,
  address: string,
): { action: URL; fields: Array<[string, string]> } | undefined {
  const form = /<form\b([^>]*)>(.*?)<\/form>/is.exec(page);
  const attributes = form?.[1] ?? '';
  if (!form || attribute(attributes, 'method')?.toLowerCase() !== 'post') return undefined;
  const inputs = [...(form[2] ?? '').matchAll(/<input\b([^>]*)>/gi)].map((match) => match[1] ?? '');
  const fields = inputs.flatMap((input): Array<[string, string]> => {
    const name = attribute(input, 'name');
    return name ? [[name, attribute(input, 'value') ?? '']] : [];
  });
  return { action: new URL(attribute(attributes, 'action') ?? '', address), fields };
}

function attribute(text: string, name: string): string | undefined {
  const value = new RegExp(
    String.raw`\b${name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`,
    'i',
  ).exec(text);
  return (value?.[1] ?? value?.[2] ?? value?.[3])?.replaceAll('&amp;', '&');
}
