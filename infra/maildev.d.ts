// The parts of maildev that we touch; it ships no types.
declare module 'maildev/lib/mailserver.js' {
  import type { SMTPServer } from 'smtp-server';
  type Address = { address: string; name: string };
  export type StoredEmail = {
    id: string;
    from?: Address[];
    to?: Address[];
    subject?: string;
    text?: string;
    html?: string;
    headers?: Record<string, string | string[]>;
  };
  export type MailServer = {
    smtp: SMTPServer;
    store: StoredEmail[];
    create(port: number, host: string, mailDir: string): void;
    listen(): Promise<void>;
    on(event: 'new', listener: (email: StoredEmail) => void): void;
    removeAllListeners(): void;
  };
  const mailServer: MailServer;
  export default mailServer;
}
declare module 'maildev/lib/web.js' {
  import type { Server } from 'node:http';
  export type WebServer = {
    server: Server;
    start(
      port: number,
      host: string,
      mailServer: unknown,
      user: undefined,
      password: undefined,
      basePathname: string,
      secure: object,
    ): void;
    close(done: () => void): void;
  };
  const web: WebServer;
  export default web;
}
declare module 'maildev/lib/logger.js' {
  const logger: { setLevel(level: 0 | 1 | 2): void };
  export default logger;
}
