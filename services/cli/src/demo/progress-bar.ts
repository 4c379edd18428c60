import { colors } from '../colors.ts';

const WIDTH = 32;

export interface ProgressBar {
  show(done: number, total: number): void;
  /** Leave the last state standing. */
  end(): void;
}

/** A bar that redraws itself on a terminal; in a pipe, a line for each change. */
export function createProgressBar(output: NodeJS.WriteStream = process.stdout): ProgressBar {
  const begun = performance.now();
  let last = -1;
  return {
    show(done, total) {
      const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      const numbers = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} targets, ${seconds} s`;
      if (output.isTTY) {
        const bar = colors.green('█'.repeat(filled)) + colors.dim('░'.repeat(WIDTH - filled));
        output.write(`\r  ${bar} ${numbers}\u001B[K`);
      } else if (done !== last) {
        output.write(`  ${numbers}\n`);
      }
      last = done;
    },
    end() {
      if (output.isTTY && last >= 0) output.write('\n');
    },
  };
}
