const QUOTED_LOCAL_PART = /"[^"]*"(?=@)/g;
// Up to white space, or what ends an address where somebody quotes it. One pass over each character:
// texts of others may be long and strange.
const WORD = /[^\s<>()[\];,"]+/g;
const ADDRESS = /@|%40/i;

/** A text of somebody else's for a log line: whatever looks like an email address gives way. */
export function maskAddresses(text: string): string {
  return text
    .replace(QUOTED_LOCAL_PART, '')
    .replace(WORD, (word) => (ADDRESS.test(word) ? '[address]' : word));
}
