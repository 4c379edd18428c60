import { KonstantlyClient, type KonstantlyGroup } from './client.ts';

interface Invite {
  id: number;
  email: string;
  createdAt: number;
  inviteUrl: string;
}

/** How a user of Konstantly's client invites a team, and what it sees of it. */
export async function inviteTeam(url: string, key: string): Promise<unknown> {
  const client = new KonstantlyClient(url, key);
  const unset = { roleAlias: null, groups: null, text: null, deadlineAt: null };
  const team = await client.send<KonstantlyGroup>('POST', '/groups', { name: 'Team' });
  const invite = (body: object) => client.send<Invite[]>('POST', '/invites', { ...unset, ...body });
  const refusal = (body: object) =>
    invite(body).then(
      () => 'none',
      (error: Error) => error.message,
    );

  const emails = [`Ann.${team.id}@Example.com`, `bob.${team.id}@example.com`];
  const text = 'Welcome!\nSee you on Monday.';
  const invited = await invite({ emails, groups: [team.id], roleAlias: 'learner', text });
  const again = await invite({ emails: [emails[1]], groups: [team.id] });
  const alone = await invite({ emails: [`cid.${team.id}@example.com`] });
  return {
    invited: invited.map(({ email }) => email.replace(`.${team.id}`, '')),
    fresh: invited.every(({ createdAt }) => Math.abs(createdAt - Date.now() / 1_000) < 3_600),
    links: new Set([...invited, ...alone].map(({ inviteUrl }) => new URL(inviteUrl).href)).size,
    same: again[0]?.id === invited[1]?.id,
    refusals: [
      await refusal({ emails: [emails[0], 'nobody'] }),
      await refusal({ emails: null }),
      await refusal({ emails, groups: [999_999_999] }),
    ],
    attributes: team.attributes.region ?? 'none',
  };
}
