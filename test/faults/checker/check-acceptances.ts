import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts } from './read-facts.ts';

/** I1 and I2 for those who accept: what they were told is so, and nothing is accepted by itself. */
export function checkAcceptances(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const told = evidence.answers.filter(({ what }) => what.endsWith('/invitations/accept'));
  const members = new Set(facts.members.map(({ target_id }) => target_id));
  const revoked = new Set(
    facts.invites.filter(({ state }) => state === 'revoked').map(({ email }) => email),
  );
  for (const { status, body, to = '' } of told) {
    if (status >= 500 || status === 409 || (status === 410 && revoked.has(to))) continue;
    if (status !== 200) {
      report('I2', `an acceptance was answered ${status}: ${JSON.stringify(body)}`);
      continue;
    }
    const { accepted } = body as { accepted: Array<{ website_id?: string; group_id?: string }> };
    for (const { website_id, group_id } of accepted) {
      const id = website_id ?? group_id ?? '';
      if (!members.has(id)) report('I1', `${id} was accepted, and nobody is a member of it`);
    }
  }
  const made = new Map(
    facts.outcomes.map(({ detail, committed_at }) => [detail?.invite_id, committed_at]),
  );
  const byInvitation = Map.groupBy(facts.invites, ({ invitation_id }) => invitation_id);
  for (const { id, accepted } of facts.invitations) {
    const invites = byInvitation.get(id) ?? [];
    const times = invites.flatMap(({ state, decided_at }) =>
      state === 'accepted' ? [decided_at ?? 0] : [],
    );
    const last = Math.max(...times);
    // Not what a later round added.
    const left = invites.some(
      (each) => each.state === 'pending' && (made.get(each.id) ?? 0) < last,
    );
    if (accepted && left) report('I2', `invitation ${id} was accepted, and some of it is pending`);
    if (accepted !== times.length > 0) {
      report('I2', `invitation ${id} is accepted: ${accepted}, with ${times.length} invites`);
    }
  }
}
