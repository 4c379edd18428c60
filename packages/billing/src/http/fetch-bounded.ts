/** An answer, read to its end. `text` is empty where a refusal's body could not be read. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** The answer's body is longer than we read. */
export class TooLarge extends Error {}

/** Fetches without following redirects. @throws what `fetch` does, or `TooLarge`. */
export async function fetchBounded(
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  { signal, maxBytes }: { signal: AbortSignal; maxBytes: number },
): Promise<Answer> {
  const response = await fetch(input, { ...init, redirect: 'error', signal });
  const { status, headers } = response;
  try {
    return { status, headers, text: await readText(response, maxBytes) };
  } catch (error) {
    if (response.ok) throw error;
    // A refusal stands by its status; its body only explains it.
    return { status, headers, text: '' };
  }
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  if (!response.body) return text;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new TooLarge(`more than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
