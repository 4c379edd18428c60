/**
 * What a command's exit code says: the one table, which `--help` and the README print.
 * `failed` covers whatever has no code of its own.
 */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'All right' },
  failed: { code: 1, meaning: 'It failed: no target succeeded, or something else went wrong' },
  usage: { code: 2, meaning: 'The command, its input or the configuration is wrong' },
  partly: { code: 3, meaning: 'Done in part: some targets did not succeed, differences remain' },
  notFound: { code: 4, meaning: 'There is no such thing' },
  notAuthorized: { code: 5, meaning: 'The key is missing, wrong, or may not do that' },
  conflict: { code: 6, meaning: 'Its present state forbids it, or something is in the way' },
  unreachable: { code: 7, meaning: 'No answer, or none now: try again later' },
  timeOver: { code: 8, meaning: 'Not finished within `--wait`; the job goes on' },
  interrupted: { code: 130, meaning: 'Ctrl-C; what was submitted goes on' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** An end that is not all right: its message is for a person, its exit code for a program. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
  readonly exitCode: number;

  constructor(exit: ExitName | number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = typeof exit === 'number' ? exit : EXIT_CODES[exit].code;
  }
}

/** The table as `--help` shows it. */
export function describeExitCodes(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => {
    return `  ${String(code).padStart(3)}  ${meaning.replaceAll('`', '')}`;
  });
  return ['Exit codes:', ...rows].join('\n');
}
