import { fileURLToPath } from 'node:url';
import { startProcess } from '@usher/infra';

/** A mail server in a process of its own, that keeps nothing but who was written to. */
export interface MailSink {
  pid: number;
  /** For `SMTP_URL`. */
  url: string;
  count(): Promise<number>;
  /** The recipient of every email since the last reset. */
  recipients(): Promise<string[]>;
  reset(): Promise<unknown>;
  stop(): Promise<unknown>;
}

export async function startMailSink(): Promise<MailSink> {
  let first = '';
  const child = await startProcess({
    name: 'mail sink',
    file: fileURLToPath(import.meta.resolve('./mail-sink-main.ts')),
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    readyLine: (line) => {
      first ||= line;
      return true;
    },
  });
  const { controlPort, url } = JSON.parse(first) as { controlPort: number; url: string };
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`http://127.0.0.1:${controlPort}${path}`)).json()) as T;
  return {
    pid: child.pid,
    url,
    count: async () => (await ask<{ received: number }>('/count')).received,
    recipients: () => ask('/report'),
    reset: () => ask('/reset'),
    stop: () => child.stop(),
  };
}
