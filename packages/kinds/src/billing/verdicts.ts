import { backoff, type Verdict } from '@usher/jobs';
import type { Upstream, UpstreamEntity } from './provider.ts';

/** How often an upstream that cannot serve is asked for one group. */
const ATTEMPTS = 12;

export const verdicts = {
  provisioned: (upstreamId: string): Verdict => ({
    kind: 'done',
    note: 'provisioned',
    detail: { upstream_id: upstreamId },
  }),
  alreadyProvisioned: { kind: 'done', note: 'already_provisioned' } satisfies Verdict,
  notConfigured: giveUp('billing_not_configured', 'Billing is not configured'),
  elsewhere: (theirs: string, ours: string) =>
    giveUp('billing_not_configured', `The group's billing is with ${theirs}, not with ${ours}`),
  changed: giveUp('upstream_unavailable', 'The billing entity is gone; try again'),
  notFound: giveUp('not_found', 'Group not found'),
};

function giveUp(code: string, message: string): Extract<Verdict, { kind: 'giveUp' }> {
  return { kind: 'giveUp', code, message, ambiguous: false };
}

/** What one attempt means for the task: done, for good, or to be tried again, and when. */
export function verdictOn(
  result: Upstream<UpstreamEntity>,
  attempts: number,
  retryBaseMs: number,
): Verdict {
  if (result.kind === 'ok') return verdicts.provisioned(result.value.id);
  if (result.kind === 'rejected') return giveUp('upstream_rejected', result.reason);
  const asked = result.kind === 'unavailable' ? result.retryAfterMs : undefined;
  const failure = {
    code: 'upstream_unavailable',
    message: result.reason,
    ambiguous: result.kind === 'unanswered',
    unserved: asked === undefined ? {} : { retryAfterMs: asked },
  };
  if (attempts >= ATTEMPTS) return { kind: 'giveUp', ...failure };
  const delayMs = Math.max(backoff(attempts, retryBaseMs), asked ?? 0);
  return { kind: 'retryAt', delayMs, ...failure };
}
