import type { Upstream, UpstreamEntity } from './provider.ts';

/** An answer that speaks of another entity is no answer to what was asked. */
export function confirmEntity(
  upstream: Upstream<UpstreamEntity>,
  expected: Partial<UpstreamEntity>,
): Upstream<UpstreamEntity> {
  if (upstream.kind !== 'ok') return upstream;
  const { id, groupId } = upstream.value;
  const same = id === (expected.id ?? id) && groupId === (expected.groupId ?? groupId);
  return same
    ? upstream
    : { kind: 'unanswered', reason: 'The provider answered about something else' };
}
