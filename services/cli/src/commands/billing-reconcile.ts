import { createBillingProvider } from '@usher/billing';
import { createNotifier, type Database } from '@usher/db';
import { createCompanions, DISPATCH_CHANNEL } from '@usher/jobs';
import { reconcileBilling, type BillingReport } from '@usher/kinds';
import { createLogger } from '@usher/telemetry';
import type { Command } from 'commander';
import type { Kysely } from 'kysely';
import { readAddresses, readBillingSettings } from '../config.ts';
import { jsonOption } from '../json-option.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { withDatabase } from '../with-database.ts';

/** Something differs, and stays so. */
const DIFFERENCES_REMAIN = 3;

export function addBillingReconcile(parent: Command): void {
  parent
    .command('reconcile')
    .description('what differs between our groups and the billing provider')
    .option('--repair', 'repair what can be: adopt, rename, provision again; nothing is deleted')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\nThe exit code is ${DIFFERENCES_REMAIN} when differences remain. The provider is that of
BILLING_PROVIDER, with the same variables as the worker's.`,
    )
    .action(async ({ repair = false, json }: { repair?: boolean; json?: boolean }) => {
      const { databaseUrl } = readAddresses(process.env);
      const provider = createBillingProvider(readBillingSettings(process.env));
      const signal = new AbortController().signal;
      const report = await withDatabase(databaseUrl, (db) =>
        withEngine(db, (engine) => reconcileBilling(engine, provider, { repair, signal })),
      );
      if (report.differences.some(({ repaired }) => !repaired)) {
        process.exitCode = DIFFERENCES_REMAIN;
      }
      if (json) return printJson(report);
      printReport(report, repair);
    });
}

/** What submitting jobs takes. */
async function withEngine<T>(
  db: Kysely<Database>,
  work: (engine: Parameters<typeof reconcileBilling>[0]) => Promise<T>,
): Promise<T> {
  // Standard output is the answer's alone.
  const logger = createLogger({ service: 'cli', level: 'silent' });
  // A dispatcher that is not told looks for itself.
  const wake = createNotifier(db, DISPATCH_CHANNEL, (error) => logger.warn({ error }));
  try {
    return await work({ db, logger, wake, companions: createCompanions() });
  } finally {
    await wake.flush();
  }
}

function printReport({ provider, checked, differences }: BillingReport, repair: boolean): void {
  const read = `${checked.groups} groups here, ${checked.entities} entities at ${provider}`;
  if (differences.length === 0) return printLine(`Nothing differs: ${read}.`);
  printTable(
    ['type', 'group', 'organization', 'upstream', 'repaired', 'what'],
    differences.map((each) =>
      [
        each.type,
        each.group_id ?? '',
        each.org_id ?? '',
        each.upstream_id ?? '',
        each.repaired ? 'yes' : 'no',
        each.detail,
      ].map(withoutControls),
    ),
  );
  const repaired = differences.filter((each) => each.repaired).length;
  printLine(`${differences.length} differences, ${repaired} repaired: ${read}.`);
  if (!repair) printLine('Next: usher billing reconcile --repair');
}

/** Ids that others wrote must not speak to the terminal. */
const withoutControls = (text: string) => text.replaceAll(/\p{C}/gu, '�');
