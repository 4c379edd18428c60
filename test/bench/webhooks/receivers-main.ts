import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { startWebhookReceiver } from '../../support/webhook-receiver.ts';
import { answerOf, type Behaviour } from './behaviours.ts';

/**
 * A process of receivers, one server for each behaviour named by its arguments, and a private target
 * for redirects that nobody may ever connect to. Whoever started it asks over HTTP what arrived.
 */
const behaviours = process.argv.slice(2) as Behaviour[];

let connections = 0;
const target = createTcpServer((socket) => {
  connections += 1;
  socket.destroy();
});
const privatePort = await listen(target);

const receivers = await Promise.all(
  behaviours.map(async (behaviour, place) => {
    const receiver = await startWebhookReceiver();
    receiver.answer('/', answerOf(behaviour, place, `http://127.0.0.1:${privatePort}/`));
    return receiver;
  }),
);

const control = createServer((request, response) => {
  if (request.url === '/reset') for (const { received } of receivers) received.length = 0;
  const answer = request.url === '/report' ? report() : { received: count() };
  response.end(JSON.stringify(answer));
});
const controlPort = await listen(control);
console.log(
  JSON.stringify({ controlPort, privatePort, urls: receivers.map(({ url }) => `${url}/`) }),
);

const count = () => receivers.reduce((sum, { received }) => sum + received.length, 0);

function report() {
  return {
    privateConnections: connections,
    received: receivers.map(({ received }) =>
      received.map(({ headers, at }) => ({
        eventId: String(headers['webhook-id']),
        // By the system's clock, which Postgres reads as well.
        at: performance.timeOrigin + at,
      })),
    ),
  };
}

async function listen(server: ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
