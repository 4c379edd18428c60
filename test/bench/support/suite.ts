/** What the command line asks of a suite. */
export interface SuiteOptions {
  /** All of it in less than a minute: fewer rounds, less work in each. */
  quick: boolean;
  /** Undefined: as many as the suite thinks right. */
  rounds: number | undefined;
  /** Names of the contestants to run; empty for all of them. */
  only: readonly string[];
  /** What the processes under measurement log, too. */
  verbose: boolean;
  /** One line of progress for the person who waits. */
  log(line: string): void;
  /** Called once, last registered first, when the bench ends, fails or is interrupted. */
  atEnd(close: () => Promise<unknown>): void;
}

export interface SuiteResult {
  /** For people. */
  text: string;
  /** The same and more, for machines: anything that JSON can hold. */
  data: unknown;
}

export type Suite = (options: SuiteOptions) => Promise<SuiteResult>;
