import type { BillingReportContent } from '../templates/billing-report.ts';

/** The report of three groups, of which two failed, changed as told. */
export function billingReportContent(
  changes: Partial<BillingReportContent> = {},
): BillingReportContent {
  return {
    template: 'billing-report',
    organization: 'Acme',
    counts: { total: 3, succeeded: 1, failed: 2, canceled: 0 },
    failures: [
      { name: 'Sales', reason: 'This currency is not supported' },
      { name: 'Support', reason: 'Group not found' },
    ],
    moreFailures: 0,
    jobUrl: 'https://usher.example/api/v1/jobs/job-1',
    ...changes,
  };
}
