import { once } from 'node:events';
import net from 'node:net';

/** At a step: 'hang' says nothing for ever, 'cut' hangs up, anything else is the reply. */
export type Move = string;
type Step =
  | 'GREETING'
  | 'EHLO'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'CONTENT'
  | 'DOT'
  | 'RSET'
  | 'QUIT';
/** A move for some steps, for every connection or by its number (from 1). CONTENT: its first bytes. */
export type Script = Partial<Record<Step, Move | ((connection: number) => Move | undefined)>>;

const usual: Record<Step, Move> = {
  GREETING: '220 scripted ESMTP',
  EHLO: '250 scripted',
  AUTH: '235 welcome',
  MAIL: '250 sender ok',
  RCPT: '250 recipient ok',
  DATA: '354 go on',
  CONTENT: '',
  DOT: '250 taken',
  RSET: '250 reset',
  QUIT: '221 bye',
};

/** An SMTP server that fails on purpose. `steps` lists what it saw, as "1 MAIL FROM:<…>". */
export async function startScriptedServer(script: Script = {}) {
  const steps: string[] = [];
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const watchers = new Set<() => void>();
  const server = net.createServer((socket) => {
    connections += 1;
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('error', (error) => steps.push(`error ${error.message}`));
    socket.on('close', () => {
      sockets.delete(socket);
      for (const check of watchers) check();
    });
    converse(socket, connections);
  });

  function converse(socket: net.Socket, connection: number) {
    let buffered = '';
    let inContent = false;
    let sawContent = false;
    const play = (step: Step, line: string = step) => {
      steps.push(`${connection} ${line}`);
      for (const check of watchers) check();
      const planned = script[step];
      const move = (typeof planned === 'function' ? planned(connection) : planned) ?? usual[step];
      if (move === 'cut') socket.destroy();
      else if (move !== 'hang' && move !== '') socket.write(`${move}\r\n`);
      return move;
    };
    play('GREETING');
    socket.on('data', (chunk) => {
      buffered += chunk.toString('latin1');
      while (!socket.destroyed) {
        if (inContent) {
          if (!sawContent && buffered !== '') {
            sawContent = true;
            if (play('CONTENT') === 'hang') socket.pause();
          }
          // A dot may also be the very first line: the end of a message without content.
          const dot = `\r\n${buffered}`.indexOf('\r\n.\r\n');
          if (dot < 0 || socket.destroyed || socket.isPaused()) return;
          buffered = buffered.slice(dot + 3);
          inContent = false;
          play('DOT');
        }
        const end = buffered.indexOf('\r\n');
        if (end < 0) return;
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        const step = (line.split(/[ :]/)[0] ?? '').toUpperCase() as Step;
        if (play(step, line).startsWith('354')) [inContent, sawContent] = [true, false];
      }
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    steps,
    connections: () => connections,
    open: () => sockets.size,
    hangUp: () => {
      for (const socket of sockets) socket.end();
    },
    /** Resolves once the condition holds; it is checked whenever something happens here. */
    until(condition: () => boolean) {
      return new Promise<void>((resolve) => {
        const check = () => {
          if (!condition()) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
      });
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
