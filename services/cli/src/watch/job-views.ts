import type { Job, JobEvent } from '@usher/sdk';
import { createProgressBar } from '../demo/progress-bar.ts';
import { printJson, printLine } from '../print.ts';
import { cleanText } from '../render/clean-text.ts';
import { targetId } from '../render/print-targets.ts';

/** How the course of a job is shown. */
export interface JobView {
  show(event: JobEvent): void;
  /** Nothing more comes: what was drawn stays. */
  end(): void;
}

/** What the API sends, event by event, as lines of JSON. */
export const jsonView: JobView = {
  show(event) {
    const { type, id, ...rest } = event;
    const data = type === 'target' ? { round: event.round, ...event.target } : rest;
    printJson({ event: type, id, data });
  },
  end: () => undefined,
};

/** A line for each outcome, as it comes. */
export const lineView: JobView = {
  show(event) {
    if (event.type === 'target') printLine(describeOutcome(event));
  },
  end: () => undefined,
};

/** Nothing: only the end matters. */
const silentView: JobView = { show: () => undefined, end: () => undefined };

/** A bar that fills, and above it a line for each target that did not succeed. */
function barView(): JobView {
  const bar = createProgressBar(process.stderr);
  return {
    show(event) {
      if (event.type === 'target') {
        if (event.target.status !== 'succeeded') bar.above(describeOutcome(event));
      } else bar.show(done(event.job), event.job.counts.total);
    },
    end: () => bar.end(),
  };
}

/** What suits the terminal or pipe that is there, for whoever waits for a job. */
export const waitingView = (json: boolean | undefined): JobView =>
  !json && process.stdout.isTTY && process.stderr.isTTY ? barView() : silentView;

/** The same for whoever wants to see it go. */
export function watchingView(json: boolean | undefined): JobView {
  if (json) return jsonView;
  const waiting = waitingView(json);
  return waiting === silentView ? lineView : waiting;
}

function describeOutcome({ target }: Extract<JobEvent, { type: 'target' }>): string {
  const words = [target.position, target.status, target.code, targetId(target), target.message];
  return cleanText(words.filter((word) => word !== null && word !== '').join('  '));
}

const done = ({ counts }: Job) => counts.succeeded + counts.failed + counts.canceled;
