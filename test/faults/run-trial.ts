import { setTimeout as delay } from 'node:timers/promises';
import { checkTrial } from './checker/check-trial.ts';
import type { Evidence, Violation } from './checker/evidence.ts';
import { createOutcomeWitness } from './checker/outcome-witness.ts';
import { heal } from './inject/heal.ts';
import { injectAll } from './inject/inject-all.ts';
import { acceptInvitations } from './load/accept-invitations.ts';
import { driveLoad, type Load } from './load/drive-load.ts';
import { readJobs } from './load/read-jobs.ts';
import { resolveRef } from './load/resolve-ref.ts';
import { watchTrial } from './inject/watch-trial.ts';
import { untilSettled, untilSpent } from './inject/until-settled.ts';
import { measureStretch } from './measure-stretch.ts';
import type { Plan } from './plan/plan.ts';
import type { TrialPostgres } from './servers/trial-postgres.ts';
import { startTrialSystem, WEBHOOK_ATTEMPTS, type TrialSystem } from './servers/trial-system.ts';

/** A drained process has this long; the design says so of every supervisor. */
const DRAIN_MS = 30_000;

/** How long faults that wait for an occasion are given one, after all others are over. */
const OCCASION_MS = 12_000;

export interface TrialOptions {
  plan: Plan;
  postgres: TrialPostgres;
  signal: AbortSignal;
  /** From the load's begin until everything must be over, in milliseconds. */
  limitMs: number;
  /** How long faults that wait for an occasion are given one; 12 s unless said. */
  occasionMs?: number;
  environment?: Record<string, string>;
  /** Run in the trial's database before anything starts. */
  sql?: string;
  onNote?: (note: Note) => void;
}

export interface Note {
  /** Milliseconds since the load began; negative before. */
  at: number;
  what: string;
}

export interface TrialReport {
  plan: Plan;
  notes: Note[];
  jobs: number;
  targets: number;
  emails: number;
  /** To the billing provider. */
  upstreamCalls: number;
  /** That reached a receiver. */
  webhooks: number;
  /** Processes killed while work was outstanding. */
  killedUnderLoad: number;
  faults: number;
  /** How often a job or an invitation was asked to do what, and answered how. */
  steered: Record<string, number>;
  /** From the last fault's end until everything was over, in milliseconds. */
  settledMs: number;
  violations: Violation[];
  evidence: Evidence;
}

/** One trial: load and faults side by side, then everything heals, settles, stops, and is checked. */
export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const { plan } = options;
  let began = performance.now();
  const notes: Note[] = [];
  const note = (what: string) => {
    const line = { at: Math.round(performance.now() - began), what };
    notes.push(line);
    options.onNote?.(line);
  };
  let onMail: Parameters<typeof startTrialSystem>[0]['onMail'] = () => {};
  const stretch = measureStretch();
  if (stretch > 1) note(`a busy machine: times count ${stretch.toFixed(1)} fold`);
  // Whatever ends a trial ends its clients too.
  const over = new AbortController();
  const system = await startTrialSystem({ ...options, note, onMail: (mail) => onMail(mail) });
  try {
    began = performance.now();
    const limit = AbortSignal.timeout(Math.round(options.limitMs * stretch));
    const signal = AbortSignal.any([options.signal, limit, over.signal]);
    const { tenants, apiUrls, receivers } = system;
    const callbackOf = (tag: string) => plan.webhooks.callbacks[tag] && receivers.urlOf(tag);
    const load = driveLoad({ plan, tenants, apiUrls, callbackOf, signal });
    const people = acceptInvitations({
      accepting: plan.accepting,
      apiUrls: system.apiUrls,
      signal,
      answers: load.answers,
    });
    onMail = people.onMail;
    const witness = createOutcomeWitness();
    const watch = watchTrial(system, witness, over.signal);

    const injected = await injectAll(system, note, options.signal);
    await untilSpent(system, load.done, options.occasionMs ?? OCCASION_MS);
    const down = await heal(system, stretch);
    const healedAt = Date.now();
    note('healed');
    const settled = await untilSettled(system, [load.done, people.settled], signal, note);
    const settledMs = Date.now() - healedAt;
    note(settled ? 'settled' : 'not settled in time');
    options.signal.throwIfAborted();
    await readJobs(system, load);
    await watch.stop();
    const seen = [...down, ...witness.changed(), ...(await drain(system, note))];
    for (const what of load.unanswered)
      seen.push({ invariant: 'I2', what: `no answer to ${what}` });
    await witness.look(system.observer);
    const evidence: Evidence = {
      databaseUrl: system.databaseUrl,
      asked: load.asked,
      answers: load.answers,
      tries: load.tries,
      steered: load.steered,
      mails: system.smtp.mails,
      upstream: {
        concurrency: plan.upstream.concurrency,
        unbillable: plan.upstream.unbillable.map((ref) =>
          resolveRef(ref, { organization: 0, of: 'group' }, system.tenants),
        ),
        calls: system.billing.ledger,
        entities: system.billing.entities(),
      },
      webhooks: {
        endpoints: system.endpoints,
        received: receivers.received,
        attempts: WEBHOOK_ATTEMPTS,
        dead: receivers.dead,
        contacts: Object.fromEntries(
          tenants.flatMap(({ id, contactEmail }) => (contactEmail ? [[id, contactEmail]] : [])),
        ),
      },
      standstills: system.standstills,
      lines: system.lines,
      queueTexts: watch.queueTexts,
      secrets: [
        ...system.secrets,
        ...[...people.tokens].map((value) => ({ name: 'an accept token', value })),
        ...signingSecrets(system, load),
      ],
      healedAt,
      stretch,
      settled,
      poison: plan.poison.map((index) => system.tenants[0].websiteIds[index] as string),
      refused: plan.refused,
      ambiguity: plan.ambiguity,
      seen: [...seen, ...witness.changed()],
    };
    const violations = await checkTrial(evidence);
    return {
      plan,
      notes,
      jobs: load.asked.length,
      targets: new Set(load.asked.flatMap(({ tag, targetIds }) => targetIds.map((id) => tag + id)))
        .size,
      emails: system.smtp.mails.length,
      upstreamCalls: system.billing.ledger.length,
      webhooks: receivers.received.length,
      steered: countSteered(load),
      ...injected,
      settledMs,
      violations,
      evidence,
    };
  } finally {
    over.abort();
    await system.close();
  }
}

function countSteered({ steered }: Load): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, tries } of steered) {
    const last = `${verb} ${tries.at(-1)?.status ?? 'nothing'}`;
    counts[last] = (counts[last] ?? 0) + 1;
  }
  return counts;
}

/** What webhooks are signed with, without its prefix. */
function signingSecrets({ endpoints }: TrialSystem, { answers }: Load) {
  const told = answers.flatMap(
    ({ body }) => (body as { callback_secret?: string } | null)?.callback_secret ?? [],
  );
  return [...endpoints.map(({ secret }) => secret), ...told].map((secret) => ({
    name: 'a signing secret',
    value: secret.replace(/^whsec_/, ''),
  }));
}

/** SIGTERM to all: whatever still runs ends in time, and mail that is late is in. */
async function drain(system: TrialSystem, note: (what: string) => void): Promise<Violation[]> {
  note('draining');
  const late: Violation[] = [];
  await Promise.all(
    [...system.processes.values()].map(async (kept) => {
      const how = await kept.stop(DRAIN_MS);
      if (how === 'SIGKILL') late.push({ invariant: 'drain', what: `${kept.name} took over 30 s` });
    }),
  );
  await delay(0);
  return late;
}
