import { createApiKey, createGroup, createOrganization } from '@usher/directory';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../support/test-api.ts';
import type { Group } from './client.ts';
import { CLIENTS, type Client } from './clients.ts';
import { startFront, type Front } from './start-front.ts';

describe.each(CLIENTS)('a client in %s', (language, start) => {
  let api: TestApi;
  let front: Front;
  let client: Client;
  beforeAll(async () => {
    api = await startTestApi();
    front = await startFront(api.url);
    client = start(front.url, api.organization.key);
  });
  afterAll(async () => {
    await client.close();
    await front.close();
    await api.close();
  });
  afterEach(() => front.requests.splice(0));

  let number = 0;
  const fresh = (word: string) => `${word} & ${language}/${(number += 1)}`;
  const aGroup = () => client.createGroup(fresh('Group'), fresh('ref'));
  const soon = { 'retry-after-ms': '5', 'retry-after': '600' };

  test('makes a group, reads it, changes it, and finds it by its reference', async () => {
    const [name, reference] = [fresh('Nörth'), fresh('team')];
    const made = await client.createGroup(name, reference);
    expect(made).toMatchObject({ name, external_reference_id: reference });
    expect(await client.retrieveGroup(made.id)).toEqual(made);
    const renamed = await client.updateGroup(made.id, { name: 'South' });
    expect(renamed).toMatchObject({ ...made, name: 'South', updated_at: expect.any(String) });
    expect(await client.listGroups({ external_reference_id: reference })).toEqual([renamed]);
  });

  test('changes nothing with {}, nor with what it sends unset as null', async () => {
    const made = await aGroup();
    expect(await client.updateGroup(made.id, {})).toEqual(made);
    const unset = { name: null, external_reference_id: null };
    expect(await client.updateGroup(made.id, unset)).toEqual(made);
    expect(await client.retrieveGroup(made.id)).toEqual(made);
  });

  test('works with an access token as with its key', async () => {
    const made = await aGroup();
    const { access_token, token_type, expires_in } = await client.issueAccessToken();
    expect([token_type, expires_in]).toEqual(['Bearer', 900]);
    const other = start(front.url, access_token);
    try {
      expect(await other.retrieveGroup(made.id)).toEqual(made);
    } finally {
      await other.close();
    }
  });

  test('reads every group once, in as many requests as there are pages', async () => {
    const { id: orgId } = await createOrganization(api.db, { name: 'Paged' });
    const { key } = await createApiKey(api.db, { orgId });
    const reader = start(front.url, key);
    try {
      expect(await reader.listGroups({ limit: 2 })).toEqual([]);
      expect(front.requests.splice(0)).toHaveLength(1);
      for (const name of ['1', '2', '3', '4']) {
        await createGroup(api.db, orgId, { name, websiteIds: [] });
      }
      const groups = await reader.listGroups({ limit: 2 });
      expect(groups.map(({ name }) => name)).toEqual(['1', '2', '3', '4']);
      // Typed as a string: a client that trims it must not meet null.
      expect(groups.map((each) => each.external_reference_id.trim())).toEqual(['', '', '', '']);
      expect(front.requests).toHaveLength(2);
    } finally {
      await reader.close();
    }
  });

  test('takes an id that is none for a group that is not there, in the server’s words', async () => {
    const refused = { message: 'Group not found', status: 404 };
    for (const id of ['grp_a/b', 'grp_?', '../groups', '1']) {
      await expect(client.retrieveGroup(id)).rejects.toMatchObject(refused);
    }
    expect(front.requests[0]).toBe('GET /v1/groups/grp_a%2Fb');
    expect(front.requests).toHaveLength(4);
  });

  test('hears what is wrong with a request once, in words that name the field', async () => {
    const message = expect.stringContaining('name: must not be empty');
    const refusal = client.createGroup(' ', fresh('ref'));
    await expect(refusal).rejects.toMatchObject({ status: 400, message });
    expect(front.requests).toHaveLength(1);
  });

  test('takes a reference in use for final: it does not ask again', async () => {
    const [first, second] = [await aGroup(), await aGroup()];
    front.requests.splice(0);
    const message = `Another group has this external_reference_id (${first.id})`;
    const { external_reference_id } = first;
    const refused = { status: 409, message };
    await expect(client.createGroup('Third', external_reference_id)).rejects.toMatchObject(refused);
    expect(front.requests).toHaveLength(1);
    const change = client.updateGroup(second.id, { external_reference_id });
    await expect(change).rejects.toMatchObject(refused);
    expect(front.requests).toHaveLength(2);
  });

  test.each([408, 409, 429, 500, 503])('asks again after a passing %i', async (status) => {
    const made = await aGroup();
    front.requests.splice(0);
    front.refuseNext({ status, headers: soon }, { status, headers: soon });
    const renamed = await client.updateGroup(made.id, { name: `After ${status}` });
    expect(renamed.name).toBe(`After ${status}`);
    expect(front.requests).toHaveLength(3);
  });

  test('gives up after two more tries, and nothing has changed', async () => {
    const made = await aGroup();
    front.requests.splice(0);
    front.refuseNext(...Array(3).fill({ status: 503, headers: soon }));
    const refused = { status: 503, message: 'The load balancer says 503' };
    await expect(client.updateGroup(made.id, { name: 'Never' })).rejects.toMatchObject(refused);
    expect(front.requests).toHaveLength(3);
    expect(await client.retrieveGroup(made.id)).toEqual(made);
  });

  test('repeats a change whose answer was lost, and it is done once', async () => {
    const made = await aGroup();
    front.requests.splice(0);
    const lost = front.loseNextAnswer() as Promise<{ data: Group }>;
    const changed = await client.updateGroup(made.id, { name: 'Lost' });
    expect(front.requests).toHaveLength(2);
    // The same updated_at too.
    expect({ data: changed }).toEqual(await lost);
    expect(changed.name).toBe('Lost');
  });

  test('repeats a creation whose answer was lost, and is told which group it has made', async () => {
    const [name, reference] = [fresh('Lost'), fresh('lost')];
    const lost = front.loseNextAnswer() as Promise<{ data: Group }>;
    const { status, message } = await client.createGroup(name, reference).then(
      () => ({ status: 201, message: '' }),
      (error: Error & { status: number }) => error,
    );
    const { data } = await lost;
    expect([status, message]).toEqual([409, expect.stringContaining(data.id)]);
    expect(front.requests).toHaveLength(2);
    expect(await client.listGroups({ external_reference_id: reference })).toEqual([data]);
  });
});
