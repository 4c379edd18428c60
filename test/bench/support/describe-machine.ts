import { availableParallelism, cpus, loadavg, totalmem, type } from 'node:os';

/** What the figures were measured on. */
export function describeMachine() {
  return {
    cpus: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${process.arch}`,
    node: process.versions.node,
    /** Of the last minute, before the first round: what else the machine was doing. */
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
