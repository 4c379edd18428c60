import { fileURLToPath } from 'node:url';
import { startProcess } from '@usher/infra';
import type { Rate, RateSize } from './measure-rate.ts';
import { startReceivers } from './start-receivers.ts';

/** As many as a worker has slots for webhooks. */
const CONCURRENCY = 128;

/** What undici alone does with the same receivers: no queue, no database, nothing written down. */
export async function measureBareLoop(size: RateSize): Promise<Rate> {
  const receivers = await startReceivers(
    Array.from({ length: size.endpoints }, () => 'healthy' as const),
  );
  let line = '';
  try {
    const loop = await startProcess({
      name: 'the bare loop',
      file: fileURLToPath(import.meta.resolve('./bare-loop-main.ts')),
      args: receivers.urls,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        DELIVERIES: String(size.deliveries),
        WARM_UP: String(size.warmUp),
        CONCURRENCY: String(CONCURRENCY),
        RECEIVERS_PID: String(receivers.pid),
      },
      onLine: (each, stream) => void (stream === 'stdout' && (line = each)),
    });
    const { code } = await loop.exited;
    if (code !== 0) throw new Error(`the bare loop failed:\n${loop.lastLines()}`);
    const received = await receivers.count();
    if (received !== size.deliveries + size.warmUp) throw new Error(`${received} arrived`);
    return { deliveries: size.deliveries, ...(JSON.parse(line) as Omit<Rate, 'deliveries'>) };
  } finally {
    await receivers.stop();
  }
}
