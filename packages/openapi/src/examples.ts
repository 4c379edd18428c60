import { readFileSync } from 'node:fs';
import type { SurfaceName } from '@usher/contracts/operations';

/** A request that was made, and what it was answered: by status, then by media type. */
export interface Example {
  request?: unknown;
  answers: Record<string, Record<string, unknown>>;
}

const read = new Map<SurfaceName, Record<string, Example>>();

/** Where real answers are kept, with stable ids and times; a test makes them anew and compares. */
export const examplesFile = (surface: SurfaceName): URL =>
  new URL(`../examples/${surface}.json`, import.meta.url);

export function exampleOf(surface: SurfaceName, operationId: string): Example | undefined {
  const known = read.get(surface) ?? JSON.parse(readFileSync(examplesFile(surface), 'utf8'));
  read.set(surface, known);
  return known[operationId];
}
