import { parseArgs } from 'node:util';
import { startMailCatcher } from './mail-catcher.ts';

// The mail catcher as a process: one JSON line with its addresses on stdout, then silence.
const { values } = parseArgs({
  options: { 'smtp-port': { type: 'string' }, 'web-port': { type: 'string' } },
});
const port = (value: string | undefined) => (value === undefined ? undefined : Number(value));
const [smtpPort, webPort] = [port(values['smtp-port']), port(values['web-port'])];

const catcher = await startMailCatcher({
  ...(smtpPort === undefined ? {} : { smtpPort }),
  ...(webPort === undefined ? {} : { webPort }),
});

// A mail that its parser cannot read must not end the inbox of all the others.
process.on('uncaughtException', (error) => console.error(error));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    // An open download or a deaf client may hold the servers open.
    setTimeout(() => process.exit(0), 1_200).unref();
    void catcher.stop().finally(() => process.exit(0));
  });
}

const { smtpUrl, webUrl } = catcher;
console.log(JSON.stringify({ smtp_url: smtpUrl, web_url: webUrl }));
