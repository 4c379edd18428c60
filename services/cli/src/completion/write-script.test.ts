import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from '../program.ts';
import { SHELLS, writeScript, type Shell } from './write-script.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'usher-completion-'));
  for (const shell of SHELLS) {
    writeFileSync(join(folder, shell), writeScript(shell, createProgram()));
  }
  writeFileSync(join(folder, 'job.json'), '{}');
  writeFileSync(join(folder, 'odd * $(name).json'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Shells that are here. Each is made to complete the last of these words, and to print what it offers. */
const isHere = (shell: Shell) => spawnSync(shell, ['--version']).status === 0;
const ASK: Record<Shell, string> = {
  bash: `source ./bash; complete -p usher >/dev/null || exit 1
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _usher; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { : }; compset() { : }
    compadd() { shift; print -l -- \${(M)@:#\${word}*} }; _files() { print -l -- \${word}*(N) }
    source ./zsh; words=("$@"); CURRENT=$#; _usher`,
};

function complete(shell: Shell, line: string): string[] {
  const words = ['usher', ...line.split(' ')];
  const flags = shell === 'bash' ? ['--norc'] : ['--no-rcs'];
  const asked = spawnSync(shell, [...flags, '-c', ASK[shell], 'ask', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status: asked.status, stderr: asked.stderr }).toEqual({ status: 0, stderr: '' });
  return asked.stdout.split('\n').filter((word) => word !== '');
}

test('there is a shell to ask', () => {
  expect(SHELLS.filter(isHere)).toContain('bash');
});

const cases: Array<[line: string, offered: string[]]> = [
  ['jo', ['job']],
  ['in', ['invite', 'invitation']],
  ['job ca', ['cancel']],
  ['job list --state p', ['paused', 'partially_failed']],
  ['job submit --file jo', ['job.json']],
  ['job show --w', ['--wait']],
  ['invite --role ', ['admin', 'viewer']],
  ['invite --email ann --meth', ['--method']],
  ['invite --email ', []],
  ['completion ', ['bash', 'zsh']],
  ['job --he', ['--help']],
  ['nonsense x', []],
];

test.each(SHELLS.filter(isHere).flatMap((shell) => cases.map((each) => [shell, ...each] as const)))(
  '%s completes "%s"',
  (shell, line, offered) => {
    expect(complete(shell, line).toSorted()).toEqual(offered.toSorted());
  },
);

test('bash hands over --state=p as three words', () => {
  expect(complete('bash', 'job list --state = p')).toEqual(['paused', 'partially_failed']);
});

test('bash offers a file as one word, whatever is in its name', () => {
  expect(complete('bash', 'job submit --file od')).toEqual(['odd * $(name).json']);
});

test('every command is offered, with those below it', () => {
  const program = createProgram();
  const names = [...program.commands.map((command) => command.name()), 'help'];
  expect(complete('bash', '').toSorted()).toEqual(names.toSorted());
  for (const command of program.commands.filter(({ commands }) => commands.length > 0)) {
    const below = [...command.commands.map((each) => each.name()), 'help'];
    expect(complete('bash', `${command.name()} `).toSorted()).toEqual(below.toSorted());
  }
});
