import { dripHeaders, hang, type Behaviour as Answer } from '../../support/webhook-receiver.ts';

/** How an endpoint treats what is posted to it. */
export const BEHAVIOURS = ['healthy', 'hangs', 'answers 500', 'drips', 'redirects'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** Of each ten endpoints: one of every kind that fails, and six that are well. */
const OF_TEN: readonly Behaviour[] = [
  'hangs',
  'healthy',
  'answers 500',
  'healthy',
  'healthy',
  'drips',
  'healthy',
  'redirects',
  'healthy',
  'healthy',
];

/** So many endpoints, the failing ones spread evenly among them. */
export const endpointsOf = (count: number): Behaviour[] =>
  Array.from({ length: count }, (_, n) => OF_TEN[n % OF_TEN.length] as Behaviour);

const REDIRECTIONS = [301, 302, 303, 307, 308];

/**
 * @param place among all endpoints: each that redirects does so in another way.
 * @param privateUrl where to.
 */
export function answerOf(behaviour: Behaviour, place: number, privateUrl: string): Answer {
  switch (behaviour) {
    case 'healthy':
      return (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
    case 'hangs':
      return hang;
    case 'answers 500':
      return (response) => response.writeHead(500).end('no luck');
    case 'drips':
      return dripHeaders;
    case 'redirects': {
      const status = REDIRECTIONS[Math.floor(place / OF_TEN.length) % REDIRECTIONS.length] ?? 302;
      return (response) => response.writeHead(status, { location: privateUrl }).end();
    }
  }
}
