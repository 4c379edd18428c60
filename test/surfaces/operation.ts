import type { Refusal, Request } from './surface.ts';

/** What is sent; the method, and where nothing else is said the path and the key, are the operation's. */
export type Sent = Partial<Omit<Request, 'method'>> & {
  /** To the API that has no worker beside it and no billing provider. */
  idle?: true;
};
type Lazy<T> = () => T | Promise<T>;

/** A request that does what it asks for, and what is answered. */
export interface Success {
  what: string;
  status: number;
  send: Lazy<Sent>;
  /** The whole body, with matchers; or a function of that, called after the request. */
  shows: unknown;
  headers?: Record<string, unknown>;
}

/** A request that is refused, and why. */
export interface Refused extends Refusal {
  what: string;
  send: Lazy<Sent>;
  /** The answer says when to come back. */
  retry?: true;
}

/** Ids in a path: of nothing, of another organization's, and no ids at all. */
export interface Absent {
  words: string;
  unknown: string;
  foreign: Lazy<string>;
  malformed: string;
  /** What a malformed one is; 404 unless it says otherwise. */
  malformedIs?: Refusal;
}

/** One operation of a surface: what is documented of it, each with a request. */
export interface Operation {
  /** `PATCH /groups/:id`, below the surface's base. */
  route: string;
  /** A path of it that leads somewhere; left out: the route's own. */
  path?: Lazy<string>;
  /** A body that it takes, another one each time; left out: it takes none. */
  body?: Lazy<object>;
  /** How large a body may be, in bytes; 1 MiB unless it says otherwise. */
  largest?: number;
  /** Keys that may only read may come. */
  reads?: true;
  /** Keys for single websites may come. */
  scoped?: true;
  succeeds: Success[];
  absent?: Absent;
  refuses: Refused[];
}

export const methodOf = ({ route }: Operation): string => route.split(' ')[0]!;
const pathOf = ({ route }: Operation): string => route.split(' ')[1]!;
export const pathTo = async (operation: Operation): Promise<string> =>
  operation.path?.() ?? pathOf(operation);
export const bodyFor = async ({ body }: Operation): Promise<object | undefined> => body?.();

/** Of a POST and of a PATCH alone the documents say that they take an Idempotency-Key. */
export const takesIdempotencyKey = (operation: Operation): boolean =>
  ['POST', 'PATCH'].includes(methodOf(operation));

export const hasParameter = (operation: Operation): boolean => pathOf(operation).includes(':');
