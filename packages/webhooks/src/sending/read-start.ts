const LINE_ENDS = /\r\n/g;
// Postgres' text takes no NUL, and whoever reads a log wants no other control characters.
const CONTROLS = /[^\P{Cc}\n\t]/gu;

/** The start of somebody's answer as text: UTF-8, with U+FFFD for what is none or a control character. */
export function readStart(start: Buffer): string {
  // As a stream: a character that is cut in two at the end is left out.
  const text = new TextDecoder().decode(start, { stream: true });
  return text.replace(LINE_ENDS, '\n').replace(CONTROLS, '\uFFFD');
}
