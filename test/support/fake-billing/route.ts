import type { Answer } from './answer.ts';
import type { FakeEntity } from './entity-store.ts';
import type { Operation } from './fault.ts';

/** A request as it came. */
export interface Incoming {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
}

/** What a request asks for; `perform` has the effect and says the answer. */
export interface Route {
  operation: Operation;
  groupId: string | null;
  perform: () => Exclude<Answer, string>;
}

/** How a provider speaks: its requests, and its refusals. */
export interface Dialect {
  provider: FakeEntity['provider'];
  /** undefined: there is no such path. */
  route(incoming: Incoming): Route | undefined;
  refuse(status: number, message: string): Exclude<Answer, string>;
}
