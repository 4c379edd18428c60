import { parseArgs } from 'node:util';

export interface Arguments {
  suites: string[];
  quick: boolean;
  rounds: number | undefined;
  only: string[];
  verbose: boolean;
  /** Where the results go as JSON, beside what is printed. */
  json: string | undefined;
}

/** Read the command line. @throws with words for the person who typed it. */
export function readArguments(words: readonly string[], suites: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
    },
  });
  const unknown = positionals.find((name) => !suites.includes(name));
  if (unknown !== undefined) {
    throw new Error(`there is no suite "${unknown}": choose from ${suites.join(', ')}`);
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new Error(`--rounds takes a whole number from 1, not "${values.rounds}"`);
  }
  return {
    suites: positionals.length > 0 ? positionals : suites.slice(0, 1),
    quick: values.quick,
    verbose: values.verbose,
    rounds,
    only: values.only.flatMap((names) => names.split(',')),
    json: values.json,
  };
}
