import { describeCommands, type CompletedCommand } from './describe-commands.ts';
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

/** How a shell says what completes the word at hand. */
interface Dialect {
  before: string;
  offer(words: readonly string[]): string;
  files: string;
  after: string;
}

/** A script that completes the commands, options and choices of this program. */
export function writeScript(shell: Shell, program: Command): string {
  const commands = describeCommands(program);
  const { before, offer, files, after } = DIALECTS[shell];
  const known = commands.slice(1).map(({ words }) => quote(words));
  return `${[
    before,
    // Which command it is: only words that name one count.
    `  for ((i = first; i < last; i++)); do`,
    `    case "$here \${line[i]}" in`,
    `      ${known.join('|')}) here="$here \${line[i]}" ;;`,
    `    esac`,
    `  done`,
    `  case "$here $previous" in`,
    ...valueCases(commands, offer, files),
    `  esac`,
    `  if [[ $word == -* ]]; then`,
    `    case "$here" in`,
    ...commands.map(({ words, flags }) => `      ${quote(words)}) ${offer(flags)} ;;`),
    `    esac`,
    `    return`,
    `  fi`,
    `  case "$here" in`,
    ...commands.flatMap(({ words, subcommands, argumentChoices }) => {
      const next = [...subcommands, ...argumentChoices];
      return next.length === 0 ? [] : [`    ${quote(words)}) ${offer(next)} ;;`];
    }),
    `  esac`,
    after,
  ].join('\n')}\n`;
}

/** What follows an option that takes a value. */
function valueCases(
  commands: readonly CompletedCommand[],
  offer: Dialect['offer'],
  files: string,
): string[] {
  const each = commands.flatMap(({ words, valued }) =>
    valued.map((value) => ({ at: quote(`${words} ${value.flag}`), ...value })),
  );
  const known = each.flatMap(({ at, choices, isFile }) => {
    if (isFile) return [`    ${at}) ${files}; return ;;`];
    return choices.length > 0 ? [`    ${at}) ${offer(choices)}; return ;;`] : [];
  });
  const unknown = each.filter(({ choices, isFile }) => !isFile && choices.length === 0);
  return [...known, `    ${unknown.map(({ at }) => at).join('|')}) return ;;`];
}

const quote = (text: string) => `'${text}'`;

const DIALECTS: Record<Shell, Dialect> = {
  bash: {
    before: `# Completes usher in bash. Made by: usher completion bash
_usher() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local -a line=("\${COMP_WORDS[@]}")
  local here=usher first=1 last=$COMP_CWORD i
  COMPREPLY=()
  # --state=running comes as three words.
  if [[ $word == = ]]; then word=
  elif [[ $previous == = ]]; then previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi`,
    offer: (words) => `COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$word"))`,
    files: `compopt -o filenames 2>/dev/null; while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -f -- "$word")`,
    after: `}
complete -F _usher usher`,
  },
  zsh: {
    before: `#compdef usher
# Completes usher in zsh. Made by: usher completion zsh
_usher() {
  local word="$words[CURRENT]" previous="$words[CURRENT-1]"
  local -a line=("\${words[@]}")
  local here=usher first=2 last=$CURRENT i
  # --state=running is one word.
  if [[ $word == --*=* ]]; then
    previous="\${word%%=*}"
    compset -P '*='
  fi`,
    offer: (words) => `compadd -- ${words.join(' ')}`,
    files: '_files',
    after: `}
if [[ "$funcstack[1]" == _usher ]]; then _usher "$@"; else compdef _usher usher; fi`,
  },
};
