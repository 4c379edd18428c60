import pg from 'pg';
import { connectionConfig, type DatabaseOptions } from './create-database.ts';

const RECONNECT_MS = [100, 250, 500, 1_000, 2_000];
const PING_MS = 5_000;

export interface Listener {
  close(): Promise<void>;
}

export interface ListenOptions extends DatabaseOptions {
  channel: string;
  onMessage: (payload: string) => void;
  /** Called on every (re)connection: what was said before it may have been missed. */
  onConnected?: () => void;
  onError: (error: Error) => void;
}

/**
 * LISTEN on a connection of its own, for ever: a lost connection is replaced, with backoff, and a
 * silent one is found by a ping. Notifications are hints: whoever waits polls slowly beside it.
 */
export function listen(options: ListenOptions): Listener {
  let closed = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  const reconnect = (error: Error) => {
    client?.removeAllListeners();
    // A broken client may report again while it is torn down; the first report was enough.
    client?.on('error', () => undefined);
    void client?.end().catch(options.onError);
    client = undefined;
    clearTimeout(timer);
    if (closed) return;
    options.onError(error);
    timer = setTimeout(connect, RECONNECT_MS[Math.min(failures++, RECONNECT_MS.length - 1)]);
  };

  const ping = (of: pg.Client) => {
    of.query('select 1').then(
      () => {
        if (client === of) timer = setTimeout(ping, PING_MS, of);
      },
      (error: Error) => {
        if (client === of) reconnect(error);
      },
    );
  };

  function connect(): void {
    const next = new pg.Client({ ...connectionConfig(options), query_timeout: PING_MS });
    client = next;
    next.on('error', (error) => {
      if (client === next) reconnect(error);
    });
    next.on('notification', (message) => options.onMessage(message.payload ?? ''));
    next
      .connect()
      .then(() => next.query(`listen ${pg.escapeIdentifier(options.channel)}`))
      .then(
        () => {
          if (client !== next) return;
          failures = 0;
          options.onConnected?.();
          timer = setTimeout(ping, PING_MS, next);
        },
        (error: Error) => {
          if (client === next) reconnect(error);
        },
      );
  }

  connect();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      last?.removeAllListeners();
      last?.on('error', () => undefined);
      await last?.end();
    },
  };
}
