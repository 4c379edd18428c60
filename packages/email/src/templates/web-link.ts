import { InvalidEmail } from '../message/invalid-email.ts';

/** The address as it may stand in an email; `name` is for the error. Throws `InvalidEmail`. */
export function webLink(name: string, text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.href;
  throw new InvalidEmail('invalid_email', `The ${name} must be http or https`);
}
