import { colors } from '../colors.ts';
import { printLine } from '../print.ts';

/** Ends the part of the demo that cannot go on; what did not hold is recorded already. */
class PartOver extends Error {}

export interface Checks {
  /** Record and print whether an expectation held; `found` is shown where it did not. */
  expect(claim: string, held: boolean, found?: unknown): void;
  /** The same, and the rest of the part is left out where it did not hold. */
  require(claim: string, held: boolean, found?: unknown): void;
  /** Run one part under a title; whatever it throws is an expectation that did not hold. */
  part(title: string, run: () => Promise<void>): Promise<void>;
  readonly total: number;
  readonly broken: readonly string[];
}

export function createChecks(): Checks {
  const broken: string[] = [];
  let total = 0;
  const expect = (claim: string, held: boolean, found?: unknown) => {
    total += 1;
    if (held) return printLine(`  ${colors.green('✔')} ${claim}`);
    const instead = found === undefined ? '' : ` (found ${shorten(JSON.stringify(found))})`;
    broken.push(`${claim}${instead}`);
    printLine(`  ${colors.red('✘')} ${claim}${instead}`);
  };
  return {
    expect,
    require(claim, held, found) {
      expect(claim, held, found);
      if (!held) throw new PartOver();
    },
    async part(title, run) {
      printLine();
      printLine(colors.bold(title));
      try {
        await run();
      } catch (error) {
        if (error instanceof PartOver) return;
        expect(`${title}: runs to its end`, false, String(error));
      }
    },
    get total() {
      return total;
    },
    broken,
  };
}

/** Enough to see what it is; a whole page would bury the other checks. */
function shorten(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 400)} …`;
}
