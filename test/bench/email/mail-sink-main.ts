import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { SMTPServer } from 'smtp-server';

/**
 * A process that takes every email, and counts them by recipient. Whoever started it asks over HTTP
 * what came.
 */
let received: string[] = [];
const sink = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, session, callback) {
    stream.resume();
    stream.on('end', () => {
      received.push(session.envelope.rcptTo.map(({ address }) => address).join(','));
      callback(null);
    });
  },
});
const smtpPort = await listen(sink);
const control = createServer((request, response) => {
  if (request.url === '/reset') received = [];
  const answer = request.url === '/report' ? received : { received: received.length };
  response.end(JSON.stringify(answer));
});
const controlPort = await listen(control);
console.log(JSON.stringify({ controlPort, url: `smtp://127.0.0.1:${smtpPort}` }));

async function listen(server: SMTPServer | Server): Promise<number> {
  const listener = server instanceof SMTPServer ? server.server : server;
  server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}
