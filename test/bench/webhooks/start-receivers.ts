import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@usher/infra';
import type { Behaviour } from './behaviours.ts';

/** What one endpoint was posted. */
export interface Arrival {
  eventId: string;
  /** When its body was whole: milliseconds since 1970 by the system's clock. */
  at: number;
}

/** A process of receivers, one for each behaviour asked for, in that order. */
export interface Receivers {
  pid: number;
  urls: string[];
  /** Requests since the last reset. */
  count(): Promise<number>;
  arrivals(): Promise<Arrival[][]>;
  /** Connections to where redirects lead. */
  privateConnections(): Promise<number>;
  reset(): Promise<void>;
  stop(): Promise<unknown>;
}

interface Ports {
  controlPort: number;
  privatePort: number;
  urls: string[];
}

interface Report {
  privateConnections: number;
  received: Arrival[][];
}

export async function startReceivers(behaviours: readonly Behaviour[]): Promise<Receivers> {
  let first = '';
  const child = await startProcess({
    name: 'receivers',
    file: fileURLToPath(import.meta.resolve('./receivers-main.ts')),
    args: [...behaviours],
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    readyLine: (line) => {
      first ||= line;
      return true;
    },
  });
  const { controlPort, privatePort, urls } = JSON.parse(first) as Ports;
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`http://127.0.0.1:${controlPort}${path}`)).json()) as T;
  const report = () => ask<Report>('/report');
  const before = await proveCounting(privatePort, report);
  return {
    pid: child.pid,
    urls,
    count: async () => (await ask<{ received: number }>('/count')).received,
    arrivals: async () => (await report()).received,
    privateConnections: async () => (await report()).privateConnections - before,
    reset: () => ask('/reset'),
    stop: () => child.stop(),
  };
}

/** A count of none says something only of a listener that counts. */
async function proveCounting(port: number, report: () => Promise<Report>): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  await once(socket, 'close');
  const { privateConnections } = await report();
  if (privateConnections !== 1) throw new Error('the private target does not count connections');
  return privateConnections;
}
