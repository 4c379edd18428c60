import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts } from './read-facts.ts';

/** I1 and I2 for those who accept: what they were told is so, and nothing is accepted by itself. */
export function checkAcceptances(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const told = evidence.answers.filter(({ what }) => what.endsWith('/invitations/accept'));
  const members = new Set(facts.members.map(({ target_id }) => target_id));
  for (const { status, body } of told) {
    if (status >= 500 || status === 409) continue;
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
  const byInvitation = Map.groupBy(facts.invites, ({ job_id }) => job_id);
  for (const invitation of facts.invitations) {
    const states = new Set((byInvitation.get(invitation.job_id) ?? []).map(({ state }) => state));
    if (invitation.accepted && states.has('pending')) {
      report('I2', `invitation ${invitation.id} was accepted, and some of it is pending`);
    }
    if (!invitation.accepted && states.has('accepted')) {
      report('I2', `invitation ${invitation.id} was not accepted, and some of it was`);
    }
  }
}
