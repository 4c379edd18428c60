import { allWell, ORG } from './all-well.ts';
import type { Evidence, Steered } from './evidence.ts';
import type { Facts, InviteRow, JobChange, OutcomeRow } from './read-facts.ts';

const NOTHING_SET = {
  round: 1,
  canceled: false,
  paused: false,
  finished: false,
  resend_email: false,
};

const steered = (given: Partial<Steered> & Pick<Steered, 'verb'>, from: number): Steered => ({
  id: 'job',
  codes: null,
  resendEmail: false,
  tries: [{ from, to: from + 50, status: 200 }],
  told: [],
  ...given,
});

/**
 * An email job of three targets: paused and resumed, and canceled when one had succeeded and one had
 * failed; redriven with another email, by which the rest succeeds, and its invitation sent again. Then
 * that is revoked, after its link was followed in the meantime: the last invite alone is.
 */
export function steeredWell(): { evidence: Evidence; facts: Facts } {
  const { evidence, facts } = allWell();
  const first = facts.outcomes[0] as OutcomeRow;
  const outcome = (given: Partial<OutcomeRow>): OutcomeRow => ({
    ...first,
    detail: null,
    target_id: SITES[given.position ?? 0] as string,
    ...given,
  });
  const succeeded = (id: string) => ({
    status: 'succeeded' as const,
    code: 'invited',
    detail: { invite_id: id },
  });
  facts.jobs[0] = {
    ...facts.jobs[0]!,
    target_ids: SITES,
    round: 2,
    total: 3,
    succeeded: 3,
  };
  facts.outcomes = [
    outcome({ position: 0, ...succeeded('i0'), xid: '1', committed_at: 1_000 }),
    outcome({
      position: 1,
      status: 'failed',
      code: 'already_invited',
      xid: '1',
      committed_at: 1_000,
    }),
    outcome({ position: 2, status: 'canceled', code: 'canceled', xid: '2', committed_at: 1_500 }),
    outcome({ round: 2, position: 1, ...succeeded('i1'), xid: '3', committed_at: 4_000 }),
    outcome({ round: 2, position: 2, ...succeeded('i2'), xid: '3', committed_at: 4_000 }),
  ];
  facts.targets = new Map(
    SITES.map((id) => [id, { org_id: ORG, of: 'website', name: `${id}.example` }]),
  );
  const invite = (id: string, target_id: string, state: string, at: number): InviteRow => ({
    ...facts.invites[0]!,
    id,
    target_id,
    state,
    decided_at: state === 'pending' ? null : at,
    committed_at: at + 10,
  });
  facts.invites = [
    invite('i0', 'site-0', 'accepted', 3_800),
    invite('i1', 'site-1', 'revoked', 7_000),
    invite('i2', 'site-2', 'revoked', 7_000),
  ];
  facts.invitations[0]!.accepted = true;
  facts.members = [{ target_id: 'site-0', user_id: 'user', email: 'a@example.com', org_id: ORG }];

  let last = NOTHING_SET;
  facts.jobChanges = [
    { at: 200, set: { paused: true } },
    { at: 400, set: { paused: false } },
    { at: 1_200, set: { canceled: true } },
    { at: 1_500, set: { finished: true } },
    { at: 3_500, set: { round: 2, canceled: false, finished: false, resend_email: true } },
    { at: 4_000, set: { finished: true } },
  ].map(({ at, set }, seq): JobChange => {
    const before = last;
    last = { ...last, ...set };
    const id = 'job';
    return { seq, at, xid: 'x', process: 'api-1#1', id, before, after: last, committed_at: at };
  });

  const sending = facts.sendings[0]!;
  const decision = facts.decisions[0]!;
  const emails = [
    { id: 's1', job_id: 'job', xid: '2', at: 1_500, names: ['site-0'] },
    { id: 's2', job_id: 'job', xid: '3', at: 4_000, names: ['site-1', 'site-2'] },
    { id: 's3', job_id: null, xid: '4', at: 6_000, names: ['site-1', 'site-2'] },
  ];
  facts.sendings = emails.map(({ id, job_id }, n) => ({
    ...sending,
    id,
    job_id,
    number: n + 1,
    message_id: `${id}@usher`,
  }));
  facts.decisions = emails.map(({ id, job_id, xid, at }) => ({
    ...decision,
    id,
    xid,
    after: { ...decision.after!, job_id },
    committed_at: at,
  }));
  evidence.mails = emails.map(({ id, at, names }) => ({
    at: at + 500,
    to: 'a@example.com',
    messageId: `<${id}@usher>`,
    text: names.map((name) => `- ${name}.example (website, viewer)\n`).join(''),
  }));
  evidence.asked[0]!.targetIds = SITES;
  evidence.steered = [
    steered({ verb: 'pause' }, 170),
    steered({ verb: 'resume' }, 370),
    steered({ verb: 'cancel' }, 1_170),
    steered(
      {
        verb: 'redrive',
        codes: ['already_invited', 'canceled'],
        resendEmail: true,
        told: [{ round: 2, finished: false }],
      },
      3_470,
    ),
    { ...steered({ verb: 'resend', id: 'invitation' }, 5_970) },
    steered({ verb: 'revoke', id: 'invitation' }, 6_970),
  ];
  evidence.steered[4]!.tries[0]!.status = 202;
  return { evidence, facts };
}

const SITES = ['site-0', 'site-1', 'site-2'];
