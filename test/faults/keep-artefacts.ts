import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrialReport } from './run-trial.ts';

/** Keep what a failed trial left: its plan, notes, log lines, answers, mails. @returns the folder. */
export function keepArtefacts(report: TrialReport): string {
  const { plan, notes, evidence, violations } = report;
  const folder = mkdtempSync(join(tmpdir(), `usher-faults-seed-${plan.seed}-`));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;
  write('plan.json', json(plan));
  write('notes.txt', notes.map(({ at, what }) => `${(at / 1_000).toFixed(3)} ${what}\n`).join(''));
  write('violations.txt', violations.map((each) => `${each.invariant} ${each.what}\n`).join(''));
  write('lines.log', evidence.lines.map(({ process, line }) => `${process} ${line}\n`).join(''));
  write('asked.json', json(evidence.asked));
  write('answers.json', json(evidence.answers));
  write('tries.json', json(evidence.tries));
  write('steered.json', json(evidence.steered));
  write('mails.json', json(evidence.mails));
  write('upstream.json', json(evidence.upstream));
  write('webhooks.json', json(evidence.webhooks));
  write('log.json', json(evidence.log ?? []));
  return folder;
}
