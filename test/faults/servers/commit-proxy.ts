import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { CommitSide, TrapPlace } from '../plan/plan.ts';
import { createMessageReader } from './frontend-messages.ts';

/** Something to happen at a COMMIT, or at another statement, that passes. */
export interface CommitTrap {
  at: TrapPlace;
  /** Before Postgres hears of it, or once it has answered and before the client hears that. */
  side: CommitSide;
  /** How many of those pass unharmed first. */
  skip: number;
  /** Called at that moment; the connection is cut right after it. */
  onSprung: () => void;
}

/** One process' way to Postgres, which breaks at the moments that matter. */
export interface CommitProxy {
  port: number;
  setTrap(trap: CommitTrap): void;
  /** Traps that were not sprung yet. */
  armed(): number;
  /** Traps that were not sprung yet are taken away. */
  disarm(): void;
  cutAll(): void;
  close(): Promise<void>;
}

export async function startCommitProxy(upstreamPort: number): Promise<CommitProxy> {
  const pairs = new Set<() => void>();
  let traps: CommitTrap[] = [];

  /** The trap that something like this springs, if any. */
  const springs = (at: TrapPlace): CommitTrap | undefined => {
    const here = traps.filter((trap) => trap.at === at);
    const sprung = here.find((trap) => trap.skip === 0);
    for (const trap of here) if (trap !== sprung && trap.skip > 0) trap.skip -= 1;
    traps = traps.filter((trap) => trap !== sprung);
    return sprung;
  };

  const join = (client: Socket) => {
    const upstream = connect(upstreamPort, '127.0.0.1');
    const read = createMessageReader();
    let atAnswer: CommitTrap | undefined;
    const cut = () => {
      pairs.delete(cut);
      client.destroy();
      upstream.destroy();
    };
    pairs.add(cut);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      // Whichever half breaks, the other goes with it.
      socket.on('error', cut);
      socket.on('close', cut);
    }
    client.on('data', (chunk) => {
      for (const message of read(chunk as Buffer)) {
        const at = message.isCommit ? 'commit' : message.isStatement ? 'statement' : undefined;
        const trap = at && springs(at);
        if (trap?.side === 'before') {
          trap.onSprung();
          return cut();
        }
        atAnswer ??= trap;
        upstream.write(message.bytes);
      }
    });
    upstream.on('data', (chunk) => {
      if (!atAnswer) return client.write(chunk);
      atAnswer.onSprung();
      cut();
    });
  };
  const server = createServer(join);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    setTrap: (trap) => void traps.push({ ...trap }),
    armed: () => traps.length,
    disarm() {
      traps = [];
    },
    cutAll() {
      for (const cut of pairs) cut();
    },
    async close() {
      for (const cut of pairs) cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
