import { connectionConfig } from '@usher/db';
import pg from 'pg';

/** Every worker's connection for this has a name that begins so. */
export const DISPATCHER = 'usher-dispatcher-';
/** Any number of our own: whoever holds this advisory lock is the dispatcher. */
export const LOCK_KEY = 7_405_517;
const EVERY_MS = 1_000;
/** Who leads and hears nothing for this and the time below knows it before the lock is another's. */
const LEADING_EVERY_MS = 1_500;
const ANSWER_MS = 2_000;
/** Postgres ends a session that says nothing for this long: a process that hangs loses the lock. */
const IDLE_S = 4;

export interface Leadership {
  close(): Promise<void>;
}

/**
 * Compete for the dispatcher's lock, for ever. It is held on a connection of its own that speaks
 * every 1.5 s, and asked for every second, so it passes to another process 2 s after a death and 6 s
 * after a hang.
 * @param onChange told at every gain and loss.
 */
export function competeForLeadership(options: {
  url: string;
  onChange: (leading: boolean) => void;
  onError: (error: Error) => void;
}): Leadership {
  let closed = false;
  let leading = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const set = (next: boolean) => {
    if (leading === next) return;
    leading = next;
    options.onChange(next);
  };
  const report = (error: Error) => {
    if (!closed) options.onError(error);
  };
  const drop = (of: pg.Client) => {
    if (client === of) client = undefined;
    set(false);
    // Not waited for: saying goodbye to a server that is gone may never end.
    of.end().catch(report);
  };

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({
      ...connectionConfig({ url: options.url, application: `${DISPATCHER}${process.pid}` }),
      query_timeout: ANSWER_MS,
    });
    next.on('error', (error) => {
      if (client === next) client = undefined;
      set(false);
      report(error);
    });
    try {
      await next.connect();
      await next.query(`set idle_session_timeout = '${IDLE_S}s'`);
      return next;
    } catch (error) {
      drop(next);
      throw error;
    }
  }

  async function turn(): Promise<void> {
    client ??= await connect();
    const mine = client;
    if (closed) return drop(mine);
    try {
      const { rows } = await mine.query<{ leads: boolean }>(
        leading ? 'select true as leads' : `select pg_try_advisory_lock(${LOCK_KEY}) as leads`,
      );
      if (client === mine) set(rows[0]?.leads ?? false);
    } catch (error) {
      drop(mine);
      throw error;
    }
  }

  const loop = () => {
    turn()
      .catch(report)
      .finally(() => {
        if (!closed) timer = setTimeout(loop, leading ? LEADING_EVERY_MS : EVERY_MS);
      });
  };
  loop();

  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      if (client) drop(client);
    },
  };
}
