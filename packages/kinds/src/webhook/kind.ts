import type { Database, Task } from '@usher/db';
import {
  bodyOf,
  disableEndpoint,
  endDeliveries,
  isInOrder,
  noteInterruption,
  prepareDeliveries,
  recordDeliveries,
  reopenGate,
  replayBatch,
  WEBHOOK,
  type PreparedDelivery,
  type Told,
} from '@usher/events';
import { insertTasks, type Call, type OutsideKind, type Verdict } from '@usher/jobs';
import type { Transaction } from 'kysely';
import { ENDPOINT_DISABLED } from '../email/compose-endpoint-disabled.ts';
import { decideSending } from '../email/decide-sending.ts';
import type { WebhookSender } from './sender.ts';
import {
  DISABLED,
  verdictOn,
  verdictOnDeaths,
  verdictOnFailure,
  type Schedule,
} from './verdict.ts';

export interface WebhookOptions {
  sender: WebhookSender;
  schedule: Schedule;
}

/** Delivering one event to one endpoint: a signed POST, under a lease. */
export function webhookKind({ sender, schedule }: WebhookOptions): OutsideKind {
  const callOf = (task: Task, delivery: PreparedDelivery): Call | Verdict => {
    if (delivery.disabled) return DISABLED;
    const { url, endpointId, sealedSecrets, eventId, inOrder } = delivery;
    const body = bodyOf(delivery.event, delivery.sequence);
    try {
      const attempt = sender.prepare({ url, eventId, endpointId, body, sealedSecrets });
      return async (signal) => verdictOn(await attempt(signal), task, schedule, delivery);
    } catch (error) {
      // The log has its message, as of every attempt; order must hold all the same.
      return verdictOnFailure(error, task, schedule, inOrder);
    }
  };

  return {
    effect: 'outside',
    name: WEBHOOK,

    async prepare(db, task) {
      const [delivery] = await prepareDeliveries(db, [keyOf(task)]);
      return callOf(task, delivery as PreparedDelivery);
    },

    async prepareAll(db, tasks) {
      const deliveries = await prepareDeliveries(db, tasks.map(keyOf));
      return tasks.map((task, at) => callOf(task, deliveries[at] as PreparedDelivery));
    },

    // It may have arrived: it comes again under the same id, which is what the id is for.
    async takeOver(trx, task) {
      await noteInterruption(trx, task.org_id, deliveryOf(task));
      return 'tryAgain';
    },

    async afterDeaths(trx, task) {
      const inOrder = await isInOrder(trx, task.org_id, deliveryOf(task));
      return verdictOnDeaths(task, schedule, inOrder);
    },

    async record(trx, task, verdict) {
      const { org_id: orgId } = task;
      const outcome = { ...keyOf(task), ...attemptOf(verdict) };
      const told = (await recordDeliveries(trx, [outcome]))[0] as Told;
      const { endpointId } = told;
      const gate = task.gate as string;
      const { detail } = verdict;
      // What another address answered, or another order asks for, says nothing of the endpoint as it is.
      if (detail && wasChanged(detail, told)) await reopenGate(trx, gate);
      if (verdict.kind === 'giveUp' && verdict.code === 'disabled') {
        await endDeliveries(trx, { orgId, endpointId, gate });
        // Enabled since this was prepared: it goes out after all.
        await replayBatch(trx, { orgId, deliveryId: deliveryOf(task), states: ['disabled'] });
      }
      const reason = reasonToDisable(verdict, told);
      if (reason) await disable(trx, orgId, endpointId, reason);
    },

    async recordAll(trx, all) {
      const outcomes = all.map(({ task, verdict }) => ({ ...keyOf(task), ...attemptOf(verdict) }));
      const told = new Map(
        (await recordDeliveries(trx, outcomes)).map((each) => [each.deliveryId, each]),
      );
      for (const { task, verdict } of all) {
        const now = told.get(deliveryOf(task)) as Told;
        if (verdict.detail && wasChanged(verdict.detail, now)) throw new ChangedError();
      }
    },
  };
}

/** An endpoint was changed during a call: its gate is opened with what the call came to alone. */
class ChangedError extends Error {
  override name = 'ChangedError';
}

const wasChanged = (detail: Readonly<Record<string, string>>, now: Told): boolean =>
  detail.url !== now.url || (detail.in_order === 'true') !== now.inOrder;

const deliveryOf = (task: Task): string => task.subject_id as string;
const keyOf = (task: Task) => ({ orgId: task.org_id, deliveryId: deliveryOf(task) });

const STATES = { done: 'delivered', retryAt: 'retrying', giveUp: 'exhausted' } as const;

function attemptOf(verdict: Verdict) {
  const { detail } = verdict;
  const code = verdict.kind === 'done' ? verdict.note : verdict.code;
  const ended = code === 'disabled' || code === 'gone';
  return {
    state: ended ? ('disabled' as const) : STATES[verdict.kind],
    code,
    // Of our own faults the endpoint knows nothing.
    failed: detail !== undefined && code !== 'delivered' && code !== 'interrupted',
    attempt: detail && {
      url: detail.url ?? '',
      durationMs: Number(detail.duration_ms),
      status: detail.status === undefined ? null : Number(detail.status),
      message: detail.message ?? null,
      response: detail.response ?? null,
    },
  };
}

function reasonToDisable(verdict: Verdict, told: Told): string | undefined {
  const gone = verdict.kind === 'giveUp' && verdict.code === 'gone';
  if (gone && verdict.detail?.url === told.url) return 'it answered 410 Gone';
  return told.hopeless ? 'no delivery succeeded for 120 hours' : undefined;
}

/** In the same transaction: the endpoint, what waits for it, the event, and the email to whom it concerns. */
async function disable(
  trx: Transaction<Database>,
  orgId: string,
  endpointId: string,
  reason: string,
): Promise<void> {
  const disabled = await disableEndpoint(trx, { orgId, endpointId, reason });
  if (!disabled?.contactEmail) return;
  await insertTasks(
    trx,
    await decideSending(trx, {
      orgId,
      jobId: null,
      purpose: ENDPOINT_DISABLED,
      subjectId: endpointId,
      number: disabled.number,
      recipient: disabled.contactEmail,
    }),
  );
}
