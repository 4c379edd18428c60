import { Client } from 'pg';
import { checkAcceptances } from './check-acceptances.ts';
import { checkChanges } from './check-changes.ts';
import { checkDecisions } from './check-decisions.ts';
import { checkDeliveries } from './check-deliveries.ts';
import { checkEmails } from './check-emails.ts';
import { checkEvents } from './check-events.ts';
import { checkJobs } from './check-jobs.ts';
import { checkLeases } from './check-leases.ts';
import { checkNotices } from './check-notices.ts';
import { checkOrder } from './check-order.ts';
import { checkOutcomes } from './check-outcomes.ts';
import { checkPromptness } from './check-promptness.ts';
import { checkProvisionings } from './check-provisionings.ts';
import { checkRefusals } from './check-refusals.ts';
import { checkRounds } from './check-rounds.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkSteering } from './check-steering.ts';
import { checkTotals } from './check-totals.ts';
import { checkUpstream } from './check-upstream.ts';
import { checkWebhooks } from './check-webhooks.ts';
import type { Evidence, Violation } from './evidence.ts';
import { createFindings } from './findings.ts';
import { readFacts } from './read-facts.ts';

/**
 * Decide, from Postgres, the ledgers of the mail server, the billing provider and the receivers, and what
 * clients were told, whether a trial kept the design's invariants. Nothing of this folder knows the product's code.
 * @returns what was violated; empty when all is well.
 */
export async function checkTrial(evidence: Evidence): Promise<Violation[]> {
  const client = new Client({ connectionString: evidence.databaseUrl });
  await client.connect();
  try {
    const facts = await readFacts(client);
    const findings = createFindings();
    for (const { invariant, what } of evidence.seen) findings.report(invariant, what);
    checkJobs(evidence, facts, findings);
    checkOutcomes(evidence, facts, findings);
    checkRounds(evidence, facts, findings);
    checkSteering(evidence, facts, findings);
    checkProvisionings(evidence, facts, findings);
    checkPromptness(evidence, facts, findings);
    checkLeases(facts, findings);
    checkEmails(evidence, facts, findings);
    checkDecisions(evidence, facts, findings);
    checkAcceptances(evidence, facts, findings);
    checkTotals(evidence, facts, findings);
    checkUpstream(evidence, facts, findings);
    checkChanges(evidence, facts, findings);
    checkNotices(evidence, facts, findings);
    checkEvents(evidence, facts, findings);
    checkDeliveries(evidence, facts, findings);
    checkWebhooks(evidence, facts, findings);
    checkOrder(evidence, facts, findings);
    checkSecrets(evidence, facts, findings);
    await checkRefusals(client, findings);
    evidence.log = [
      ...facts.taskChanges,
      ...facts.jobChanges,
      ...facts.decisions,
      ...facts.sendingChanges,
      ...facts.groupChanges,
      ...facts.entityChanges,
      ...facts.gateChanges,
      ...facts.deliveryChanges,
    ];
    return findings.violations();
  } finally {
    await client.end();
  }
}
