import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts, TaskChange } from './read-facts.ts';

/** What the design allows between the last fault's end, or a task's time, and its next attempt. */
const BOUND_MS = 60_000;

/**
 * I2: whatever was left when the faults were over was attempted within 60 s of that, of its own time,
 * of its gate's opening, or of its job's going on after a pause. Not asked of trials with targets that go on killing workers.
 */
export function checkPromptness(evidence: Evidence, facts: Facts, { report }: Findings): void {
  if (!evidence.settled) report('I2', 'not everything was over in time');
  if (evidence.poison.length > 0) return;
  for (const [id, changes] of Map.groupBy(facts.taskChanges, (change) => change.id)) {
    const earlier = changes.filter(({ at }) => at <= evidence.healedAt).at(-1);
    if (!earlier?.after || earlier.after.held) continue;
    const attempt = changes.find((change) => change.at > evidence.healedAt && isAttempt(change));
    if (!attempt) continue;
    const { gate } = earlier.after;
    const opened = gate === null ? 0 : lastOpened(facts, gate, attempt.at);
    const due = Math.max(
      evidence.healedAt,
      earlier.after.due_at,
      opened,
      lastFreed(changes, attempt.at),
    );
    if (attempt.at > due + BOUND_MS * evidence.stretch) {
      report('I2', `task ${id} was attempted ${Math.round(attempt.at - due)} ms after its time`);
    }
  }
}

/** When the gate opened last before that moment: for its probe, or for all; 0: it never closed. */
function lastOpened({ gateChanges }: Facts, gate: string, at: number): number {
  const mine = gateChanges.filter((change) => change.name === gate && change.at <= at);
  return Math.max(0, ...mine.map((change) => Math.min(at, change.closed_until ?? change.at)));
}

/** When it was let go of last before that moment, its job having been paused; 0: it never was held. */
const lastFreed = (changes: readonly TaskChange[], until: number): number =>
  Math.max(
    0,
    ...changes.flatMap(({ at, before, after }) =>
      before?.held && after?.held === false && at <= until ? [at] : [],
    ),
  );

const isAttempt = ({ before, after }: TaskChange): boolean =>
  after === null || before?.token !== after.token || before?.attempts !== after.attempts;
