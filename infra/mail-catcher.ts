import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MailServer, StoredEmail } from 'maildev/lib/mailserver.js';
import type { WebServer } from 'maildev/lib/web.js';
import { freePort } from './free-port.ts';

const HOST = '127.0.0.1';
// A client that keeps its connection open must not keep us from stopping.
const CLOSE_TIMEOUT_MS = 300;

export type MailCatcher = {
  /** For `SMTP_URL`. */
  smtpUrl: string;
  /** The inbox for people; `/email` answers an array of `{id, from, to, subject, text, html, headers}`. */
  webUrl: string;
  stop(): Promise<void>;
};

let running = false;

/**
 * Start maildev on 127.0.0.1: it accepts every mail, keeps it in memory and shows it.
 * One at a time in a process, since maildev keeps its inbox in a module.
 * @throws when a named port is taken.
 */
export async function startMailCatcher(
  options: { smtpPort?: number; webPort?: number } = {},
): Promise<MailCatcher> {
  if (running) throw new Error('This process already runs a mail catcher.');
  running = true;
  const smtpPort = options.smtpPort ?? (await freePort());
  const webPort = options.webPort ?? (await freePort());
  // Loaded only now: it is heavy, and most of those who import this package need no inbox.
  const { default: logger } = await import('maildev/lib/logger.js');
  const { default: mailServer } = await import('maildev/lib/mailserver.js');
  const { default: web } = await import('maildev/lib/web.js');
  const folder = await mkdtemp(join(tmpdir(), 'usher-mail-'));
  const stop = async () => {
    await Promise.all([closeSmtp(mailServer), closeWeb(web)]);
    mailServer.removeAllListeners();
    mailServer.store.length = 0;
    await rm(folder, { recursive: true, force: true });
    running = false;
  };
  let stopping: Promise<void> | undefined;
  logger.setLevel(0);
  mailServer.on('new', complete);
  try {
    await listenSmtp(mailServer, smtpPort, folder);
    await listenWeb(web, mailServer, webPort);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    smtpUrl: `smtp://${HOST}:${smtpPort}`,
    webUrl: `http://${HOST}:${webPort}`,
    stop: () => (stopping ??= stop()),
  };
}

/** maildev leaves out what a mail lacks; readers of the inbox need not know. */
function complete(email: StoredEmail): void {
  email.from ??= [];
  email.to ??= [];
  email.subject ??= '';
  email.text ??= '';
  email.html ??= '';
  email.headers ??= {};
}

function listenSmtp(mailServer: MailServer, port: number, folder: string): Promise<void> {
  mailServer.create(port, HOST, folder);
  const { smtp } = mailServer;
  Object.assign(smtp.options, { closeTimeout: CLOSE_TIMEOUT_MS, disableReverseLookup: true });
  // maildev throws what its server reports, so that a client killed in mid-sentence ends it.
  smtp.removeAllListeners('error');
  return new Promise((resolve, reject) => {
    smtp.on('error', (error) => reject(error));
    mailServer.listen().then(resolve, reject);
  });
}

function listenWeb(web: WebServer, mailServer: MailServer, port: number): Promise<void> {
  web.start(port, HOST, mailServer, undefined, undefined, '/', {});
  return new Promise((resolve, reject) => {
    web.server.once('listening', resolve);
    web.server.on('error', reject);
  });
}

function closeSmtp(mailServer: MailServer): Promise<void> {
  return new Promise((resolve) => {
    if (mailServer.smtp?.server.listening) mailServer.smtp.close(() => resolve());
    else resolve();
  });
}

function closeWeb(web: WebServer): Promise<void> {
  return new Promise((resolve) => {
    if (web.server?.listening) web.close(() => resolve());
    else resolve();
  });
}
