import type { Database, Task } from '@usher/db';
import type { OutsideJobKind } from '@usher/jobs';
import type { Kysely } from 'kysely';
import { decideRoundsEmails } from '../email/decide-sending.ts';
import { withdrawEmails } from '../email/withdraw-emails.ts';
import { concludeGroup } from './conclude.ts';
import { beginAttempt, keepEntity } from './entities.ts';
import { billingInputOf } from './input.ts';
import { provision } from './provision.ts';
import { previewGroups } from './preview.ts';
import type { BillingProvider } from './provider.ts';
import { verdictOn, verdicts } from './verdicts.ts';

export const BILLING_PROVISIONING = 'billing-provisioning';
/** The gate that every call upstream goes through; its cap holds over all workers. */
export const BILLING_GATE = 'billing';
export const BILLING_REPORT = 'billing-report';

/** How soon to look again when another task is at the same group. */
const HELD_MS = 250;

export interface BillingOptions {
  /** Null: `BILLING_PROVIDER` is `none`, or this process calls nobody. */
  provider: BillingProvider | null;
  /** The provider's name, where others call it. */
  name?: string | undefined;
  retryBaseMs: number;
}

/** Give each group a billing entity upstream, at most one ever, and then its flag. */
export function billingProvisioning(options: BillingOptions): OutsideJobKind {
  const { provider, retryBaseMs } = options;
  return {
    effect: 'outside',
    name: BILLING_PROVISIONING,
    place: { lane: 'billing', gate: BILLING_GATE },

    describe: () => ({ idField: 'group_id' }),

    ownsRows: (input) => billingInputOf({ input }).notify_email !== null,
    accept: async () => undefined,
    settle: async () => undefined,

    async prepare(db, task) {
      const groupId = groupOf(task);
      if (!provider) return verdicts.notConfigured;
      const name = await readName(db, task);
      if (name === undefined) return verdicts.notFound;
      const begun = await beginAttempt(db, task, groupId, provider.name);
      switch (begun.kind) {
        case 'provisioned':
          return verdicts.alreadyProvisioned;
        case 'held':
          return { kind: 'notYet', delayMs: HELD_MS };
        case 'elsewhere':
          return verdicts.elsewhere(begun.provider, provider.name);
        case 'begun':
          // It was let past the gate because it would not call; that has changed since.
          if (task.gate === null) return verdicts.changed;
          return async (signal) => {
            const result = await provision(db, provider, { task, groupId, name, begun }, signal);
            return verdictOn(result, task.attempts, retryBaseMs);
          };
      }
    },

    // The intent was written before the call: whoever comes next looks before it creates.
    takeOver: async () => 'tryAgain',

    async record(trx, task, verdict) {
      const upstreamId = verdict.kind === 'done' ? verdict.detail?.upstream_id : undefined;
      if (upstreamId !== undefined) await keepEntity(trx, groupOf(task), upstreamId);
    },

    preview: (trx, batch) => previewGroups(trx, batch, provider?.name ?? options.name),
    conclude: concludeGroup,

    reopen: (trx, job) => withdrawEmails(trx, job.id),

    follow: (trx, jobs) =>
      decideRoundsEmails(
        trx,
        jobs.map((job) => ({
          orgId: job.org_id,
          jobId: job.id,
          purpose: BILLING_REPORT,
          subjectId: job.id,
          recipient: billingInputOf(job).notify_email as string,
          again: job.resend_email,
        })),
      ),
  };
}

const groupOf = (task: Task): string => task.target_ids[0] as string;

/** What the entity shall be called: as the group will be called; undefined: there is no such group. */
async function readName(db: Kysely<Database>, task: Task): Promise<string | undefined> {
  const row = await db
    .selectFrom('jobs')
    .leftJoin('groups', (join) =>
      join.onRef('groups.org_id', '=', 'jobs.org_id').on('groups.id', '=', groupOf(task)),
    )
    .select(['jobs.input', 'groups.name'])
    .where('jobs.id', '=', task.job_id as string)
    .executeTakeFirstOrThrow();
  const { create, change } = billingInputOf({ input: row.input });
  if (create) return create.name;
  return row.name === null ? undefined : (change?.name ?? row.name);
}
