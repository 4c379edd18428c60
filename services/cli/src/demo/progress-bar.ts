import { colors } from '../colors.ts';

const WIDTH = 32;
/** What stands beside the bar, at most. */
const BESIDE = 46;
const ERASE = '\r\u001B[K';

export interface ProgressBar {
  show(done: number, total: number): void;
  /** A line that stays, above the bar. */
  above(line: string): void;
  /** Leave the last state standing. */
  end(): void;
}

/** A bar that redraws itself on a terminal; in a pipe, a line for each change. */
export function createProgressBar(output: NodeJS.WriteStream = process.stdout): ProgressBar {
  const begun = performance.now();
  let last = -1;
  let drawn = '';
  const draw = () => output.write(`\r${drawn}\u001B[K`);
  return {
    show(done, total) {
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      const numbers = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} targets, ${seconds} s`;
      if (output.isTTY) {
        // One that is broken over two lines could not be drawn again.
        const width = Math.max(0, Math.min(WIDTH, (output.columns || WIDTH + BESIDE) - BESIDE));
        const filled = total === 0 ? width : Math.round((done / total) * width);
        const bar = colors.green('█'.repeat(filled)) + colors.dim('░'.repeat(width - filled));
        drawn = `  ${bar} ${numbers}`;
        draw();
      } else if (done !== last) {
        output.write(`  ${numbers}\n`);
      }
      last = done;
    },
    above(line) {
      output.write(output.isTTY ? `${ERASE}${line}\n` : `${line}\n`);
      if (output.isTTY && drawn !== '') draw();
    },
    end() {
      if (output.isTTY && last >= 0) output.write('\n');
    },
  };
}
