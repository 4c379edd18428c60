import type { Replacement } from './guard.ts';

/**
 * The source with each rule replaced.
 * @throws when a rule is not there exactly once: the control would switch off nothing, or too much.
 */
export function replaceOnce(source: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((text, { file, find, replace }) => {
    const parts = text.split(find);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
    return parts.join(replace);
  }, source);
}
