/** A path below `/api/v1`, whose ids lead nowhere else. @throws TypeError for an id that is none. */
export function path(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return parts.reduce((before, part, index) => before + segment(ids[index - 1]) + part);
}

function segment(id: string | undefined): string {
  // '' would be the list, and dots the parent: neither is what was asked for.
  if (typeof id !== 'string' || /^\.{0,2}$/.test(id)) {
    throw new TypeError(`an id is required here, not ${JSON.stringify(id)}`);
  }
  return encodeURIComponent(id);
}
