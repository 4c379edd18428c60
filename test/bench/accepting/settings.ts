/** One way to ask both sides, in turn. */
export interface Setting {
  name: string;
  /** Website ids in each body. */
  targets: number;
  /** Each waits for its answer before it sends again. */
  connections: number;
  /** Whether the product is asked to answer as soon as the job is committed. */
  respondAsync: boolean;
  /** Whether a worker does the jobs meanwhile, on the same cores. */
  worker: boolean;
}

/** Of any setting: its targets are the first of them. */
export const MOST_TARGETS = 50;

const words = (connections: number): string =>
  connections === 1 ? '1 connection' : `${connections} connections`;

const ways = (connections: number): Setting[] => [
  {
    name: `answered at once, ${words(connections)}`,
    targets: MOST_TARGETS,
    connections,
    respondAsync: true,
    worker: true,
  },
  {
    name: `answered when done, ${words(connections)}`,
    targets: MOST_TARGETS,
    connections,
    respondAsync: false,
    worker: true,
  },
  {
    name: `answered when done, 1 target, ${words(connections)}`,
    targets: 1,
    connections,
    respondAsync: false,
    worker: true,
  },
];

/** Those without a worker last: it is stopped for them. */
export const SETTINGS: readonly Setting[] = [
  ...ways(32),
  ...ways(4),
  ...ways(1),
  ...[32, 4].map((connections) => ({
    name: `answered at once, no worker, ${words(connections)}`,
    targets: MOST_TARGETS,
    connections,
    respondAsync: true,
    worker: false,
  })),
];
