import type { PublicError } from '@usher/contracts';
import { markup } from '@usher/markup';
import type { Page } from './page.ts';

/** A failure, for somebody who only followed a link. */
export function errorPage(error: PublicError, requestId: string): Page {
  const [title, advice] = wordsFor(error);
  return {
    title,
    body: markup`<p>${advice}</p>
      <p class="faint">Request ${requestId}</p>`,
  };
}

function wordsFor({ status }: PublicError): [title: string, advice: string] {
  if (status === 503) {
    return [
      'Just a moment',
      'We cannot look at your invitation right now. Please try again shortly.',
    ];
  }
  if (status >= 500) {
    return ['Something went wrong', 'The fault is on our side. Please try again later.'];
  }
  return ['That did not work', 'Please open the link in your email again.'];
}
