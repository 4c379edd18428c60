import { onTestFinished } from 'vitest';
import { createSmtpMailer, type SmtpMailerOptions } from '../create-smtp-mailer.ts';
import { startCatchingServer } from './catching-server.ts';
import { invitationEmail, never } from './invitation-email.ts';
import { type Script, startScriptedServer } from './scripted-server.ts';

/** A mailer that is closed when the running test ends. */
export function mailerFor(url: string, options: Partial<SmtpMailerOptions> = {}) {
  const mailer = createSmtpMailer({
    url,
    from: 'Usher <no-reply@usher.example>',
    productName: 'Usher',
    timeoutMs: 5_000,
    ...options,
  });
  onTestFinished(() => mailer.close());
  return mailer;
}

/** A catching server that is closed when the running test ends. */
export async function startCatching(options: Parameters<typeof startCatchingServer>[0] = {}) {
  const server = await startCatchingServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** Sends one invitation to a server of its own, and hands out what that caught. */
export async function sendAndCatch(...email: Parameters<typeof invitationEmail>) {
  const server = await startCatching();
  const result = await mailerFor(server.url).send(invitationEmail(...email), never);
  const [caught, ...others] = server.emails;
  if (result.kind !== 'accepted' || !caught || others.length > 0) {
    throw new Error(`expected exactly one email, got ${JSON.stringify(result)}`);
  }
  return caught;
}

/** A server that fails as told, and a mailer for it; both are closed when the running test ends. */
export async function startScripted(script: Script, options: Partial<SmtpMailerOptions> = {}) {
  const server = await startScriptedServer(script);
  onTestFinished(() => server.close());
  const mailer = mailerFor(server.url, options);
  return { server, mailer, send: (signal = never) => mailer.send(invitationEmail(), signal) };
}
