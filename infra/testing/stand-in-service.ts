import { createServer } from 'node:http';
import { appendFileSync } from 'node:fs';
import { connect } from 'node:net';

// In place of the API and the worker: ready at once; when told to stop, it notes what still answers.
const port = Number(
  process.argv[1]?.includes('worker') ? process.env.WORKER_PORT : process.env.PORT,
);
const server = createServer((_request, response) => response.end('ok')).listen(port, '127.0.0.1');

function answers(address: string | undefined): Promise<boolean> {
  const { hostname, port: target } = new URL(address ?? '');
  return new Promise((resolve) => {
    const socket = connect(Number(target), hostname, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function stop(): Promise<void> {
  const seen = {
    database: await answers(process.env.DATABASE_URL),
    mail: await answers(process.env.SMTP_URL),
  };
  if (process.env.STOP_REPORT) appendFileSync(process.env.STOP_REPORT, `${JSON.stringify(seen)}\n`);
  server.close();
  server.closeAllConnections();
}

process.once('SIGTERM', () => void stop());
