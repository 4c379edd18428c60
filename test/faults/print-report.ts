import type { TrialReport } from './run-trial.ts';

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

const count = (counts: Record<string, number>) =>
  Object.keys(counts)
    .sort()
    .map((what) => `${what}: ${counts[what]}`)
    .join(', ');

/** A trial in a few lines: what it did, what went wrong when, how soon all was over, what was violated. */
export function describeReport(report: TrialReport, artefacts?: string): string {
  const { plan, notes, violations } = report;
  const lines = [
    `seed ${plan.seed} on ${plan.backend}: ${report.jobs} jobs, ${report.targets} targets, ` +
      `${report.emails} emails, ${report.upstreamCalls} calls upstream, ` +
      `${report.webhooks} webhooks, ${report.faults} faults, ` +
      `${report.killedUnderLoad} killed under load` +
      (plan.poison.length > 0 ? ', poison' : '') +
      (plan.ambiguity === 'hold' ? ', hold' : ''),
    `  steered: ${count(report.steered)}`,
    ...notes.map(({ at, what }) => `  ${seconds(at).padStart(7)}  ${what}`),
    `  settled ${seconds(report.settledMs)} after healing; ` +
      (violations.length === 0 ? 'no violations' : `${violations.length} VIOLATIONS`),
    ...violations.map(({ invariant, what }) => `  ${invariant}: ${what}`),
  ];
  if (violations.length > 0) {
    const poison = plan.poison.length > 0 ? '--poison' : '--no-poison';
    lines.push(
      `  again: npm run test:faults -- --seed ${plan.seed} --trials 1 --backend ${plan.backend} ${poison}`,
    );
  }
  if (artefacts) lines.push(`  kept in ${artefacts}`);
  return lines.join('\n');
}
