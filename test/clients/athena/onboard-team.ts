import { Athena, AthenaError } from './athena.ts';

const NOBODY = '01900000-0000-7000-8000-000000000000';

/**
 * A customer's script, which `onboard_team.py` is word for word in Python: a partner brings a team with its
 * websites, people and credits. Returns what it saw, step by step.
 */
export async function onboardTeam(baseUrl: string, apiKey: string): Promise<unknown[]> {
  const athena = new Athena(baseUrl, apiKey);
  const seen: unknown[] = [];
  const see = <Answer>(answer: Answer): Answer => {
    seen.push(answer);
    return answer;
  };
  const seeError = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => 'no error',
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof AthenaError)) throw new Error('this was to be refused');
    see([error.status, error.body]);
  };

  const shop = { url: 'https://shop.example/', external_id: 'shop' };
  const { website: first } = see(await athena.createWebsite(shop));
  const { website: second } = see(
    await athena.createWebsite({ url: 'blog.example', name: 'Blog' }),
  );
  see(await athena.listWebsites());

  const team = {
    name: 'Team',
    website_ids: [first.id],
    billing_enabled: true,
    external_id: 'team/1',
  };
  const { group } = see(await athena.createGroup(team));
  see(
    await athena.changeGroup(group.id, {
      name: 'The Team',
      add_website_ids: [second.id],
      remove_website_ids: [first.id],
    }),
  );
  see(await athena.findGroups('team/1'));
  see(await athena.findGroups('team/2'));
  see(await athena.getGroup(group.id));
  see(await athena.setCredits({ group_id: group.id, monthly: 100, one_off: 2.5 }));
  see(await athena.getCredits(group.id));

  const ann = {
    invite_method: 'direct',
    email: 'Ann@example.com',
    role: 'admin',
    first_name: 'Ann',
  };
  const toShop = { type: 'website', website_id: first.id };
  const added = see(await athena.invite({ ...ann, ...toShop }));
  see(await athena.invite({ ...ann, ...toShop }));
  see(await athena.invite({ ...ann, type: 'group', group_id: group.id }));
  see(await athena.invite({ ...ann, type: 'organization' }));
  see(await athena.inviteToMany({ ...ann, website_ids: [first.id, second.id, NOBODY] }));
  see(await athena.listMembers(second.id));
  see(await athena.removeMember(first.id, added.user_id as string));
  see(await athena.listMembers(first.id));

  const bob = { type: 'organization', invite_method: 'email', email: 'bob@example.com' };
  const sent = see(await athena.invite(bob));
  see(await athena.invite(bob));
  see(await athena.revokeInvite(sent.invite_id as string));
  await seeError(athena.revokeInvite(sent.invite_id as string));

  await seeError(athena.getGroup(NOBODY));
  await seeError(athena.createGroup({ name: '', website_ids: [] }));
  await seeError(athena.createGroup({ ...team, name: 'Again', billing_enabled: false }));
  await seeError(athena.invite({ ...bob, type: 'website' }));
  await seeError(athena.removeMember(first.id, added.user_id as string));
  await seeError(new Athena(baseUrl, 'not-a-key').listWebsites());
  see({ counted: athena.remaining >= 0 });
  return seen;
}
