import { checkAnswer } from './check-answer.ts';

/**
 * For clients that take a fetch: every answer must be in its OpenAPI document. Of a stream of events only
 * its beginning is looked at.
 */
export const checkedFetch: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  const response = await fetch(request);
  const { pathname, search } = new URL(request.url);
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  checkAnswer({
    method: request.method,
    path: pathname + search,
    status: response.status,
    headers: response.headers,
    text: isStream ? '' : await response.clone().text(),
  });
  return response;
};
