import type { Stack } from '@usher/infra';
import { colors } from '../colors.ts';
import { printLine } from '../print.ts';
import { createApiClient } from './api-client.ts';
import { createChecks, type Checks } from './checks.ts';
import { createInbox } from './inbox.ts';
import { inviteByEmail } from './invite-by-email.ts';
import { inviteDirectly } from './invite-directly.ts';
import { inviteThousands } from './invite-thousands.ts';
import { prepareOrganization } from './prepare-organization.ts';
import { provisionBilling } from './provision-billing.ts';
import type { Receiver } from './start-receiver.ts';
import type { StandIn } from './start-stand-in.ts';

/** Everything that the demo shows, on a stack that is up. */
export async function runDemo(
  stack: Stack,
  { mailUrl, billing, receiver }: { mailUrl: string; billing: StandIn; receiver: Receiver },
  signal: AbortSignal,
): Promise<Checks> {
  const organization = await prepareOrganization(stack.databaseUrl);
  const count = organization.websites.length.toLocaleString('en');
  printLine(`${organization.name} has ${count} websites and ${organization.groups.length} groups.`);
  const { apiUrl } = stack;
  const checks = createChecks();
  const stage = {
    apiUrl,
    api: createApiClient({ apiUrl, apiKey: organization.apiKey, signal }),
    inbox: createInbox(mailUrl, signal),
    billing,
    receiver,
    organization,
    checks,
    signal,
  };
  const parts = [
    ['1. Invite Ann to 12 websites by one email', inviteByEmail],
    ['2. Add Ben to 3 groups at once', inviteDirectly],
    ['3. Enable billing for 3 groups', provisionBilling],
    [
      `4. Add Cara to ${count} websites in one job, and hear of its end by webhook`,
      inviteThousands,
    ],
  ] as const;
  for (const [title, run] of parts) {
    if (!signal.aborted) await checks.part(title, () => run(stage));
  }
  return checks;
}

/** The last lines: whether everything held, and otherwise what did not. */
export function printVerdict({ broken, total }: Checks, seconds: number): void {
  printLine();
  if (broken.length === 0) {
    return printLine(colors.green(`✔ All ${total} checks held, in ${seconds.toFixed(1)} s.`));
  }
  printLine(colors.red(`✘ ${broken.length} of ${total} checks did not hold:`));
  for (const claim of broken) printLine(`  ${colors.red('✘')} ${claim}`);
}
