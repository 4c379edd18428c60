/** What one call can meet. "Effect" is the entity made or renamed; a look-up has none. */
export type Fault =
  /** 500 before the effect; stored under the key and replayed, as Stripe documents. */
  | '500'
  /** The effect, then a 500; stored and replayed likewise. */
  | '500-after'
  /** 503 of something in front of the provider: no effect, nothing stored. */
  | '503'
  /** 429 with `Retry-After`: no effect, nothing stored. */
  | '429'
  /** Never answered: no effect. */
  | 'hang'
  /** The effect, and no answer ever. */
  | 'hang-after'
  /** The connection is reset: no effect. */
  | 'reset'
  /** The effect, then the connection is reset. */
  | 'reset-after'
  /** Waits `slowMs`, then goes on, also if the caller has gone; meanwhile the key is in use. */
  | 'slow'
  /** Waits until `release()`, then goes on likewise. */
  | 'held'
  /** The effect, then a 200 whose JSON has another shape. */
  | 'wrong-json'
  /** The effect, then a 200 that is not JSON. */
  | 'not-json'
  /** The effect, then a 200 with a body of 10 MB. */
  | 'huge'
  /** 302 to another path of this server: no effect. */
  | 'redirect'
  /** Stripe's 409 for a key whose first request still runs. */
  | 'key-in-use'
  /** Stripe's 400 for a key that was used with other parameters. */
  | 'other-parameters';

export type Operation = 'create' | 'rename' | 'get' | 'list';

/** Which fault the next call meets: the scripted ones first, then those of chance. */
export interface Faults {
  script(faults: readonly Fault[], on: Operation | undefined): void;
  pick(operation: Operation): Fault | undefined;
  /** From now on there are none. */
  heal(): void;
}

/** @param next a number from 0 up to 1, for each draw. */
export function createFaults(chances: Partial<Record<Fault, number>>, next: () => number): Faults {
  let scripted: { fault: Fault; on: Operation | undefined }[] = [];
  let random = Object.entries(chances) as [Fault, number][];
  return {
    script(faults, on) {
      scripted.push(...faults.map((fault) => ({ fault, on })));
    },
    pick(operation) {
      const index = scripted.findIndex(({ on }) => on === undefined || on === operation);
      if (index >= 0) return scripted.splice(index, 1)[0]?.fault;
      let drawn = next();
      for (const [fault, chance] of random) {
        drawn -= chance;
        if (drawn < 0) return fault;
      }
      return undefined;
    },
    heal() {
      scripted = [];
      random = [];
    },
  };
}
