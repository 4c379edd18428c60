import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from './program.ts';
import { runCommand } from './testing/run-command.ts';

const leaves = (command: Command, words: string[] = []): string[][] =>
  command.commands.length === 0
    ? [words]
    : command.commands.flatMap((each) => leaves(each, [...words, each.name()]));

test.each(leaves(createProgram()).map((words) => [words.join(' '), words] as const))(
  '%s has a help with examples of itself',
  async (_, words) => {
    const { code, stdout } = await runCommand([...words, '--help'], {});
    expect(code).toBe(0);
    const [, examples = ''] = stdout.split('Examples:\n');
    expect(examples).toContain(`  usher ${words.join(' ')}`);
  },
);

test('help lists every exit code, and which variables name the API', async () => {
  const { stdout } = await runCommand(['--help'], {});
  expect(stdout).toMatch(/Exit codes:\n +0 {2}All right\n/);
  expect(stdout).toContain('130');
  expect(stdout).toContain('USHER_API_KEY');
});

test.each([
  [['jbo'], 'Did you mean job?'],
  [['job', 'wacth', 'x'], 'Did you mean watch?'],
  [['job', 'list', '--stat', 'x'], 'Did you mean --state?'],
  [['job', 'list', '--state', 'done'], 'scheduled, queued, running'],
  [['job', 'show'], "missing required argument 'job'"],
  [['job', 'show', 'x'], 'must be a uuid'],
])('%j says what may have been meant', async (args, hint) => {
  const { code, stdout, stderr } = await runCommand(args, {});
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(hint);
});

test.each([
  [['job', 'submit', '--file', '-', '--idempotency-key', '日本']],
  [['job', 'submit', '--file', '-', '--idempotency-key', '']],
  [['job', 'watch', '019aaaaa-0000-7000-8000-000000000000', '--after', 'a\nb']],
])('%j is wrong usage: no header can hold it', async (args) => {
  const { code, stderr } = await runCommand(args, {});
  expect(code).toBe(2);
  expect(stderr).toContain('It must be 1 to 255 letters');
});

test('an option that there is not is named without its value, which may be a key', async () => {
  const { code, stderr } = await runCommand(['job', 'list', '--api-kye=usher_hunter2'], {});
  expect(code).toBe(2);
  expect(stderr).toContain("unknown option '--api-kye'");
  expect(stderr).not.toContain('hunter2');
});
