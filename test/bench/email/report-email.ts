import { printTable } from '../support/print-table.ts';
import { spreadOf, type Spread } from '../support/spread.ts';
import type { SuiteResult } from '../support/suite.ts';
import type { EmailRate, EmailSize } from './measure-usher.ts';

/** By contestant: `bare`, and the queue's backends. */
export type EmailRound = Map<string, EmailRate>;

const KINDS = ['api', 'worker', 'postgres', 'redis', 'sink', 'client'];

/** A table for people, ratios first, and everything for machines. */
export function reportEmail(found: {
  rounds: readonly EmailRound[];
  size: EmailSize;
  postgres: Readonly<Record<string, string>>;
}): SuiteResult {
  const { rounds, size, postgres } = found;
  const names = ['bare', 'redis', 'postgres'].filter((name) => rounds[0]?.has(name));
  const text = [
    `${size.submissions} submissions over HTTP of ${size.websites} targets by email, one API and one worker: from the first request until
every email is accepted and recorded. The bare loop writes the same rows, one statement for each
submission, and sends with pooled nodemailer; nothing is in front of it. Medians of the rounds (least to most).`,
    printTable([
      ['', 'of the bare loop', 'invitations/s', ...KINDS.map((kind) => `CPU ${kind}`)],
      ...names.map((name) => line(name, rounds)),
    ]),
    'CPU in milliseconds for each invitation; that of the bare loop is the worker’s.',
    `Postgres: ${Object.entries(postgres)
      .map(([name, value]) => `${name}=${value}`)
      .join(', ')}`,
  ].join('\n\n');
  return { text, data: { ...size, rounds: rounds.map((round) => Object.fromEntries(round)) } };
}

function line(name: string, rounds: readonly EmailRound[]): string[] {
  const own = rounds.flatMap((round) => round.get(name) ?? []);
  const ratios = rounds.flatMap((round) => {
    const [ours, bare] = [round.get(name), round.get('bare')];
    return ours && bare ? [(100 * perSecond(ours)) / perSecond(bare)] : [];
  });
  const cpu = (kind: string) => {
    const used = own.flatMap(({ cpuSeconds, submissions }) =>
      cpuSeconds[kind] === undefined ? [] : [(1_000 * cpuSeconds[kind]) / submissions],
    );
    return used.length === 0 ? '-' : spreadOf(used).median.toFixed(2);
  };
  return [
    name === 'bare' ? 'bare loop' : `Usher on ${name}`,
    `${spread(spreadOf(ratios), 1)} %`,
    spread(spreadOf(own.map(perSecond))),
    ...KINDS.map(cpu),
  ];
}

const perSecond = ({ submissions, seconds }: EmailRate): number => submissions / seconds;
const spread = ({ median, least, most }: Spread, digits = 0) =>
  `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
