import {
  BASE_PATHS,
  OPERATIONS,
  SURFACES,
  type Operation,
  type SurfaceName,
} from '@usher/contracts/operations';

export interface Found {
  surface: SurfaceName;
  /** Undefined: there is no such route. */
  operation: Operation | undefined;
}

const NATIVE = new Set(OPERATIONS.native.map(({ path }) => path.split('/')[1]));

const ROUTES = SURFACES.flatMap((surface) =>
  OPERATIONS[surface].map((operation) => ({
    surface,
    operation,
    parameters: operation.path.split('{').length - 1,
    pattern: new RegExp(`^${BASE_PATHS[surface]}${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`),
  })),
).toSorted((one, other) => one.parameters - other.parameters);

/** The operation that a request is for; undefined: its path is no surface's. */
export function findOperation(method: string, asked: string): Found | undefined {
  const path = plain(asked);
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const route = ROUTES.find(
    ({ operation, pattern }) => operation.method === verb && pattern.test(path),
  );
  if (route) return { surface: route.surface, operation: route.operation };
  const surface = surfaceOf(path);
  return surface && { surface, operation: undefined };
}

/** As the router reads it: one path has many spellings. */
function plain(path: string): string {
  return path.replace(/%(?:2d|2e|5f|7e|3\d|[46][1-9a-f]|[57][0-9a])/gi, decodeURIComponent);
}

function surfaceOf(path: string): SurfaceName | undefined {
  const within = (surface: SurfaceName) => `${path}/`.startsWith(`${BASE_PATHS[surface]}/`);
  if (within('konstantly')) return 'konstantly';
  if (within('connect')) return 'connect';
  if (!within('athena')) return undefined;
  return NATIVE.has(path.slice(BASE_PATHS.native.length).split('/')[1]) ? 'native' : 'athena';
}
