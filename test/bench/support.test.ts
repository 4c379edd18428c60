import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { childrenOf, cpuSecondsOf, isLiving } from './support/processes.ts';
import { readArguments } from './support/read-arguments.ts';
import { parseTimes, stolenBetween } from './support/undisturbed.ts';
import { spreadOf } from './support/spread.ts';

const onLinux = process.platform === 'linux';
const SUITES = ['throughput', 'fairness'];

test('the first suite runs where none is named, and options are read wherever they stand', () => {
  expect(readArguments([], SUITES)).toMatchObject({ suites: ['throughput'], quick: false });
  expect(readArguments(['--rounds', '7', 'fairness', '--quick'], SUITES)).toMatchObject({
    suites: ['fairness'],
    rounds: 7,
    quick: true,
  });
});

test('what no suite can do is refused in words', () => {
  expect(() => readArguments(['fastness'], SUITES)).toThrow('choose from throughput, fairness');
  expect(() => readArguments(['--rounds', '0'], SUITES)).toThrow('a whole number from 1');
  expect(() => readArguments(['--slow'], SUITES)).toThrow('--slow');
});

test('a median stands in the middle, or between the two in the middle', () => {
  expect(spreadOf([30, 10, 20])).toEqual({ median: 20, least: 10, most: 30 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4 });
  expect(() => spreadOf([])).toThrow('no numbers');
});

test('what the host takes counts as a share of the time that was asked for', () => {
  const before = parseTimes('cpu  100 0 50 9000 10 0 0 50 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1');
  const after = parseTimes('cpu  160 0 70 9900 99 5 5 60 0 0\n');
  expect(before).toEqual({ used: 150, stolen: 50 });
  expect(stolenBetween(before, after)).toBeCloseTo(10 / 100);
  expect(stolenBetween(after, after)).toBe(0);
});

test.runIf(onLinux)('CPU time counts the children of a process, living and ended', async () => {
  const busy = 'while (process.cpuUsage().user < 800_000);';
  const inChild = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(busy)}])`;
  const child = spawn(process.execPath, ['-e', `${inChild}; setInterval(() => {}, 1_000)`]);
  try {
    const pid = child.pid as number;
    await waitFor(
      'the busy child has ended',
      () => {
        const own = cpuSecondsOf(pid) ?? 0;
        return own > 0.75 && childrenOf(pid).length === 0;
      },
      90_000,
    );
  } finally {
    child.kill();
  }
});

test.runIf(onLinux)(
  'an interrupted bench leaves no process behind',
  async () => {
    const bench = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--quick']);
    const ended = new Promise<number | null>((resolve) => bench.once('exit', resolve));
    const bothServers = () => {
      const found = childrenOf(bench.pid as number);
      return found.length > 1 && found;
    };
    const children = await waitFor('it has started its servers', bothServers, 100_000);
    bench.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(children.filter(isLiving)).toEqual([]);
  },
  120_000,
);
