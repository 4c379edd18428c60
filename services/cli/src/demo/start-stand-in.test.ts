import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { startStandIn, type StandIn } from './start-stand-in.ts';

const NEVER = new AbortController().signal;

test('it makes a customer for any group but one that it was told to refuse', async () => {
  const standIn = await started();
  await standIn.refuse('group-2', 'Not here');
  expect(await create(standIn, 'group-1')).toMatchObject({ object: 'customer' });
  expect(await create(standIn, 'group-2')).toMatchObject({ error: { message: 'Not here' } });
});

test('once stopped it answers nobody, and may be stopped again', async () => {
  const standIn = await started();
  await standIn.stop();
  await expect(create(standIn, 'group-1')).rejects.toThrow('fetch failed');
  await standIn.stop();
});

test('a start that is given up rejects with the reason', async () => {
  const starting = new AbortController();
  const start = startStandIn(starting.signal);
  starting.abort(new Error('enough'));
  await expect(start).rejects.toThrow('enough');
});

test('it ends with the process that started it, however that ends', async () => {
  const file = new URL('start-stand-in.ts', import.meta.url).href;
  const script = `import { startStandIn } from '${file}';
    const { apiBase, apiKey } = await startStandIn(new AbortController().signal);
    console.log(JSON.stringify({ apiBase, apiKey }));`;
  const args = ['--input-type=module', '--eval', script];
  const starter = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void starter.kill('SIGKILL'));
  const [line] = (await once(starter.stdout, 'data')) as [Buffer];
  const standIn = JSON.parse(line.toString()) as StandIn;
  expect(await create(standIn, 'group-1')).toMatchObject({ object: 'customer' });
  starter.kill('SIGKILL');
  await waitFor('nobody answers', () =>
    create(standIn, 'group-2').then(
      () => false,
      () => true,
    ),
  );
});

async function started(): Promise<StandIn> {
  const standIn = await startStandIn(NEVER);
  onTestFinished(() => standIn.stop());
  return standIn;
}

async function create({ apiBase, apiKey }: StandIn, groupId: string): Promise<unknown> {
  const answer = await fetch(`${apiBase}/v1/customers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: new URLSearchParams({ 'metadata[usher_group_id]': groupId }),
  });
  return answer.json();
}
