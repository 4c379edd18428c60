import { subscribe, unsubscribe } from 'node:diagnostics_channel';

export interface Route {
  /** `GET /v1/groups/:id` */
  name: string;
  /** Undefined: it is open to everybody. */
  requires: { global?: boolean; reads?: boolean; counted?: boolean } | undefined;
}

/** Of fastify's, what is used here: our tests bring none of their own. */
interface App {
  addHook(
    name: 'onRoute',
    hook: (route: {
      method: string | string[];
      url: string;
      config?: { requires?: Route['requires'] };
    }) => void,
  ): void;
}

const CREATED = 'fastify.initialization';

/** Every route that apps register while this runs; HEAD, which fastify adds to each GET, left out. */
export async function withRoutes<T>(start: () => Promise<T>): Promise<[T, Route[]]> {
  const routes: Route[] = [];
  const listen = (message: unknown) =>
    (message as { fastify: App }).fastify.addHook('onRoute', ({ method, url, config }) => {
      for (const each of [method].flat()) {
        if (each === 'HEAD') continue;
        routes.push({ name: `${each} ${url}`, requires: config?.requires });
      }
    });
  subscribe(CREATED, listen);
  try {
    return [await start(), routes];
  } finally {
    unsubscribe(CREATED, listen);
  }
}
