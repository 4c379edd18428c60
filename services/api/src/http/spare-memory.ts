import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After so many streams, tidy up what opening them left behind. */
const STREAMS = 250;
/** A heartbeat leaves less. */
const BEATS = 1_000;

export interface Memory {
  opened(): void;
  beaten(): void;
}

/**
 * Tell it of each stream that is opened, and of each heartbeat. Requests come and go; streams stay, and V8, which knows no
 * difference, lets the heap double before it looks: five thousand would take 400 MB, half of it rubbish.
 * From the first 250 on its heap grows by little, and is tidied up once in as many. A process with few
 * streams is left alone.
 */
export function spareMemory(): Memory {
  let opened = 0;
  let beaten = 0;
  let tidyUp: ((how: { type: string; execution: string }) => void) | undefined;
  return {
    opened() {
      opened += 1;
      if (opened % STREAMS !== 0) return;
      tidyUp ??= keepSmall();
      tidyUp({ type: 'major', execution: 'async' });
    },
    beaten() {
      beaten += 1;
      if (beaten % BEATS === 0) tidyUp?.({ type: 'major', execution: 'async' });
    },
  };
}

function keepSmall() {
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as (how: { type: string; execution: string }) => void;
}
