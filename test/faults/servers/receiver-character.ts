import { setTimeout as delay } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import { drip, dripHeaders, redirectTo, type Behaviour } from '../../support/webhook-receiver.ts';
import type { PlannedReceiver, PlannedWebhooks, WebhookFault } from '../plan/plan.ts';
import type { Random } from '../random.ts';

/** What a webhook is answered, and how; a status of null: there is no whole answer. */
export interface Reaction {
  status: number | null;
  behave: Behaviour;
}

/** How one address takes its webhooks. */
export interface ReceiverCharacter {
  /** Asked before anything is read. */
  cutsBefore(): boolean;
  /** Asked for each webhook that was read whole. */
  next(): Reaction;
}

/** What all characters have in common: whether all is healed, and what hangs until then. */
export interface Mood {
  healed: boolean;
  hanging: Set<ServerResponse>;
  /** Where redirects lead. */
  elsewhere: string;
}

const SLOW_MS = 700;

export function createCharacter(
  { badness, down = false, goneFrom = Number.POSITIVE_INFINITY, dead = false }: PlannedReceiver,
  chances: PlannedWebhooks['chances'],
  random: Random,
  mood: Mood,
): ReceiverCharacter {
  let arrived = 0;
  const chanceOf = (fault: WebhookFault) =>
    mood.healed || dead ? 0 : (chances[fault] ?? 0) * badness;
  return {
    cutsBefore: () => random.chance(chanceOf('cut-before')),
    next() {
      arrived += 1;
      if (dead) return plain(500);
      if (arrived >= goneFrom) return plain(410);
      if (down && !mood.healed) return plain(503);
      let drawn = random.next();
      for (const fault of Object.keys(chances) as WebhookFault[]) {
        if (fault === 'cut-before') continue;
        drawn -= chanceOf(fault);
        if (drawn < 0) return reactionTo(fault, mood);
      }
      return plain(204);
    },
  };
}

const plain = (status: number): Reaction => ({ status, behave: status });

function reactionTo(fault: WebhookFault, { hanging, elsewhere }: Mood): Reaction {
  const hang = (response: ServerResponse) => {
    hanging.add(response);
    response.once('close', () => hanging.delete(response));
  };
  switch (fault) {
    case '429':
      return { status: 429, behave: (to) => to.writeHead(429, { 'retry-after': '1' }).end() };
    case 'cut-before':
    case 'cut-after':
      return { status: null, behave: (to) => to.destroy() };
    case 'hang':
      return { status: null, behave: hang };
    case 'slow':
      return { status: 204, behave: (to) => void answerLater(to) };
    case 'drip':
      return { status: 200, behave: drip };
    case 'drip-headers':
      return {
        status: null,
        behave(to, webhook) {
          hang(to);
          behave(dripHeaders, to, webhook);
        },
      };
    case 'redirect':
      return { status: 302, behave: redirectTo(elsewhere) };
    default:
      return plain(Number(fault));
  }
}

/** Whatever it is, do it. */
export function behave(
  behaviour: Behaviour,
  ...[response, webhook]: Parameters<Exclude<Behaviour, number>>
): void {
  if (typeof behaviour === 'number') response.writeHead(behaviour).end();
  else behaviour(response, webhook);
}

async function answerLater(response: ServerResponse): Promise<void> {
  await delay(SLOW_MS);
  response.writeHead(204).end();
}
