import type { Evidence } from './evidence.ts';
import type { Facts, TaskState } from './read-facts.ts';

export const ORG = 'org';

/** Before anybody has touched it. */
export const task: TaskState = {
  job_id: 'job',
  subject_id: null,
  round: 1,
  positions: [0],
  attempts: 0,
  deaths: 0,
  suspect: false,
  token: null,
  leased_until: null,
  due_at: 0,
  sent_at: null,
  held: false,
  lane: 'interactive',
  gate: null,
};

/** One email job of one target, done rightly. */
export function allWell(): { evidence: Evidence; facts: Facts } {
  const facts: Facts = {
    jobs: [
      {
        id: 'job',
        org_id: ORG,
        kind: 'bulk-invite',
        request_id: 'r1',
        invite: { method: 'email', target: 'website', email: 'a@example.com' },
        billing: null,
        fenced: false,
        paused: false,
        target_ids: ['site'],
        round: 1,
        total: 1,
        remaining: 0,
        succeeded: 1,
        failed: 0,
        canceled: 0,
        finished: true,
      },
    ],
    outcomes: [
      {
        job_id: 'job',
        round: 1,
        position: 0,
        target_id: 'site',
        status: 'succeeded',
        code: 'invited',
        message: 'Invitation sent',
        detail: { invite_id: 'invite' },
        attempts: 1,
        xid: '1',
        committed_at: 1_000,
      },
    ],
    sendings: [
      {
        id: 'sending',
        org_id: ORG,
        job_id: 'job',
        purpose: 'invitation',
        subject_id: 'invitation',
        number: 1,
        state: 'sent',
        recipient: 'a@example.com',
        message_id: 'sending@usher',
        ambiguities: 0,
        last_code: null,
      },
    ],
    taskChanges: [
      { seq: 1, at: 1, xid: '0', process: 'api-1#1', id: 'task', before: null, after: task },
      { seq: 2, at: 2, xid: '1', process: 'worker-1#1', id: 'task', before: task, after: null },
    ],
    jobChanges: [],
    decisions: [
      {
        seq: 3,
        at: 1_000,
        xid: '1',
        process: 'worker-1#1',
        id: 'sending',
        before: null,
        after: { job_id: 'job', subject_id: 'invitation', purpose: 'invitation' },
        committed_at: 1_000,
      },
    ],
    sendingChanges: [],
    groupChanges: [],
    entityChanges: [],
    gateChanges: [],
    deliveryChanges: [],
    endpoints: [],
    events: [],
    deliveries: [],
    attempts: [],
    groups: [],
    entities: [],
    invitations: [
      { id: 'invitation', job_id: 'job', email: 'a@example.com', remaining: 0, accepted: false },
    ],
    invites: [
      {
        id: 'invite',
        invitation_id: 'invitation',
        job_id: 'job',
        target_id: 'site',
        email: 'a@example.com',
        state: 'pending',
        decided_at: null,
        committed_at: 1_000,
      },
    ],
    members: [],
    targets: new Map([['site', { org_id: ORG, of: 'website', name: 'site.example' }]]),
    texts: [],
  };
  const evidence: Evidence = {
    databaseUrl: '',
    asked: [
      {
        tag: 'r1',
        orgId: ORG,
        route: 'POST /api/v1/jobs',
        key: 'k',
        targetIds: ['site', 'site'],
        invite: { method: 'email', email: 'a@example.com', of: 'website' },
      },
    ],
    answers: [
      { at: 1, tag: 'r1', what: 'POST /api/v1/jobs', status: 202, body: { job: { id: 'job' } } },
    ],
    tries: [],
    steered: [],
    upstream: { concurrency: 2, unbillable: [], calls: [], entities: [] },
    webhooks: { endpoints: [], received: [], attempts: 3, dead: [], contacts: {} },
    standstills: [],
    mails: [
      {
        at: 2_000,
        to: 'a@example.com',
        messageId: '<sending@usher>',
        text: 'Hello,\n\n- site.example (website, viewer)\n\nAccept',
      },
    ],
    lines: [{ process: 'api-1', line: '{"msg":"request"}' }],
    queueTexts: [],
    secrets: [{ name: 'API key', value: 'usher_secret' }],
    healedAt: 0,
    stretch: 1,
    settled: true,
    poison: [],
    refused: [],
    ambiguity: 'resend',
    seen: [],
  };
  return { evidence, facts };
}
