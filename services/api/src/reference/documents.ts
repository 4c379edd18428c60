import { createHash } from 'node:crypto';
import type { SurfaceName } from '@usher/contracts/operations';

export interface Served {
  text: string;
  etag: string;
}

const made = new Map<SurfaceName, Promise<Served>>();

/** A surface's OpenAPI document, made when somebody first asks: most processes never need it. */
export function documentOf(surface: SurfaceName): Promise<Served> {
  const known = made.get(surface);
  if (known) return known;
  const making = make(surface).catch((error: unknown) => {
    made.delete(surface);
    throw error;
  });
  made.set(surface, making);
  return making;
}

async function make(surface: SurfaceName): Promise<Served> {
  const { createDocument } = await import('@usher/openapi');
  const text = JSON.stringify(createDocument(surface));
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}
