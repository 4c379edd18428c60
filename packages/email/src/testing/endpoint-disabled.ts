import type { EndpointDisabledContent } from '../templates/endpoint-disabled.ts';

/** An endpoint that was disabled after 120 hours of failure, changed as told. */
export function endpointDisabledContent(
  changes: Partial<EndpointDisabledContent> = {},
): EndpointDisabledContent {
  return {
    template: 'endpoint-disabled',
    organization: 'Acme',
    url: 'https://hooks.acme.example/usher',
    reason: 'no delivery succeeded for 120 hours',
    disabledAt: new Date('2026-03-03T14:05:00Z'),
    failingSince: new Date('2026-02-26T14:00:00Z'),
    endpointUrl: 'https://usher.example/api/v1/webhook-endpoints/endpoint-1',
    ...changes,
  };
}
