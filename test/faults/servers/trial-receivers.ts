import { startWebhookReceiver } from '../../support/webhook-receiver.ts';
import type { ReceivedWebhook } from '../checker/evidence.ts';
import type { Plan, PlannedReceiver } from '../plan/plan.ts';
import { createRandom } from '../random.ts';
import {
  behave,
  createCharacter,
  type Mood,
  type ReceiverCharacter,
} from './receiver-character.ts';

/** The customers' servers: they outlive every fault, and write down whatever reaches them. */
export interface TrialReceivers {
  /** The address of an endpoint (by its place in the plan), or of a callback (by its request's tag). */
  urlOf(of: number | string): string;
  /** In the order of arrival. */
  received: ReceivedWebhook[];
  /** Addresses that fail for good. */
  dead: string[];
  /** From now on all is taken at once, but for what is gone or dead; what hangs is cut. */
  heal(): void;
  close(): Promise<void>;
}

export async function startTrialReceivers({
  seed,
  webhooks,
}: Pick<Plan, 'seed' | 'webhooks'>): Promise<TrialReceivers> {
  const random = createRandom(seed);
  const received: ReceivedWebhook[] = [];
  const characters = new Map<string, ReceiverCharacter>();
  const mood: Mood = { healed: false, hanging: new Set(), elsewhere: '/elsewhere' };
  const receiver = await startWebhookReceiver({
    cutBefore: (path) => characters.get(path)?.cutsBefore() ?? false,
  });
  // Callbacks of one organization to one server share their gate: a dead one has a server of its own.
  const cemetery = await startWebhookReceiver();

  const serve = (of: number | string, planned: PlannedReceiver) => {
    const server = planned.dead ? cemetery : receiver;
    const path = pathOf(of);
    const character = createCharacter(planned, webhooks.chances, random, mood);
    characters.set(path, character);
    server.answer(path, (response, webhook) => {
      const { status, behave: how } = character.next();
      const { headers, body } = webhook;
      received.push({ at: Date.now(), url: server.url + path, headers, body, answered: status });
      behave(how, response, webhook);
    });
    return server.url + path;
  };
  const urls = new Map<number | string, string>();
  for (const [index, each] of webhooks.endpoints.entries()) urls.set(index, serve(index, each));
  for (const [tag, each] of Object.entries(webhooks.callbacks)) urls.set(tag, serve(tag, each));
  // Nobody is told of it: what comes there was led there.
  serve(mood.elsewhere, { badness: 0 });
  const dead = Object.keys(webhooks.callbacks).filter((tag) => webhooks.callbacks[tag]?.dead);
  return {
    urlOf: (of) => urls.get(of) as string,
    received,
    dead: dead.map((tag) => urls.get(tag) as string),
    heal() {
      mood.healed = true;
      for (const response of mood.hanging) response.destroy();
    },
    async close() {
      await Promise.all([receiver.close(), cemetery.close()]);
    },
  };
}

const pathOf = (of: number | string): string =>
  typeof of === 'number' ? `/endpoint/${of}` : of.startsWith('/') ? of : `/callback/${of}`;
