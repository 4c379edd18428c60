import { KonstantlyClient, type KonstantlyGroup } from './client.ts';

/** What the client of a user of Konstantly does in a day, and what it sees of it. */
export async function moveTeam(url: string, key: string): Promise<unknown> {
  const client = new KonstantlyClient(url, key);
  const unset = { parentId: null, description: null, attributes: null };
  const parent = await client.send<KonstantlyGroup>('POST', '/groups', { name: 'All', ...unset });
  const team = await client.send<KonstantlyGroup>('POST', '/groups', { name: 'Team', ...unset });
  const region = team.attributes.region ?? 'none';
  const moved = await client.send<KonstantlyGroup>('PATCH', `/groups/${team.id}`, {
    name: 'Team',
    parentId: parent.id,
    attributes: { region: 'North' },
  });
  const kept = await client.send<KonstantlyGroup>('PATCH', `/groups/${team.id}`, {
    name: 'Team A',
    ...unset,
  });
  let refusal = '';
  try {
    await client.send('PATCH', `/groups/${team.id}`, { name: '' });
  } catch (error) {
    refusal = (error as Error).message;
  }
  let named = 0;
  for await (const group of client.groups()) if (group.name === 'Team A') named += 1;
  for (const { id } of [team, parent]) await client.send('DELETE', `/groups/${id}`);
  return {
    regions: [region, moved.attributes.region, kept.attributes.region],
    refusal,
    named,
  };
}
