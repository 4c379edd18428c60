import { inspectSmtp } from '@usher/email';
import { ok, problem, reasonOf, warning, type Check } from './check.ts';
import type { Settings } from './read-settings.ts';

/** Whether emails can go out: up to the login, and none is sent. */
export async function checkSmtp({ values, production }: Settings): Promise<Check[]> {
  const url = values.SMTP_URL;
  if (url === undefined) return [];
  try {
    const { server, encrypted, loggedIn } = await inspectSmtp(url);
    const found = `${server} answers, ${encrypted ? 'encrypted' : 'not encrypted'}${loggedIn ? ', and takes our login' : ''}`;
    if (encrypted || !production) return [ok('email', found)];
    const advice = 'Use a server that offers STARTTLS, or smtps://';
    return [warning('email', found, advice)];
  } catch (error) {
    return [
      problem(
        'email',
        `the mail server cannot be used (${reasonOf(error)})`,
        'Mend SMTP_URL or the server; emails wait up to 24 hours',
      ),
    ];
  }
}
