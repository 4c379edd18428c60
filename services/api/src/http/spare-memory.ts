import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Whenever so many more are open, tidy up what opening them left behind. */
const STREAMS = 250;
/** A heartbeat leaves less. */
const BEATS = 1_000;

export interface Memory {
  opened(): void;
  closed(): void;
  beaten(): void;
}

type Collect = (how: {
  type: 'major';
  execution: 'async' | 'sync';
  flavor?: 'regular' | 'last-resort';
}) => void;

/**
 * Tell it of each stream that is opened or closed, and of each heartbeat. Requests come and go; streams
 * stay, and V8, which knows no difference, lets the heap double before it looks: five thousand would take
 * 400 MB, half of it rubbish. Once 250 are open its heap grows by little, and is tidied up whenever there
 * are as many more. A process with few streams is left alone, however often they come and go.
 */
export function spareMemory(begin: () => Collect = keepSmall): Memory {
  let open = 0;
  let tidiedAt = 0;
  let beaten = 0;
  let collect: Collect | undefined;
  return {
    opened() {
      open += 1;
      if (open < tidiedAt + STREAMS) return;
      tidiedAt = open;
      if (collect) collect({ type: 'major', execution: 'async' });
      else collect = begin();
    },
    closed() {
      open -= 1;
      // Far enough below, that a few who come and go have nothing tidied up.
      if (open < tidiedAt - 2 * STREAMS) tidiedAt = open;
    },
    beaten() {
      beaten += 1;
      if (beaten % BEATS === 0) collect?.({ type: 'major', execution: 'async' });
    },
  };
}

function keepSmall(): Collect {
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  // Traffic has made the space for young objects 48 MB, and only a last resort makes it small again: a
  // pause of some tenths of a second, once in a process' life.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return collect;
}
