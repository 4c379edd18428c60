/** Whether a key can travel in a header. @throws an Error that does not show it. */
export function checkKey(name: string, key: string): void {
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new Error(`${name} must be visible ASCII characters, without spaces`);
  }
}

/** @throws an Error unless it is http or https, without user, password, query and fragment. */
export function parseUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  if (!plain || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(`${name} must be a plain http or https URL`);
  }
  return url;
}
