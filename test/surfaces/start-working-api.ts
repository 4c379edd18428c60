import { createContext, readConfig, startWorker } from '@usher/worker';
import { startFakeBilling, type FakeBilling } from '../support/fake-billing/start-fake-billing.ts';
import { startMailLedger } from '../support/mail-ledger.ts';
import { startTestApi, type TestApi } from '../support/test-api.ts';

export interface WorkingApi {
  api: TestApi;
  billing: FakeBilling;
  close(): Promise<void>;
}

/** An API and a worker beside it in this process, with a mail server, and Stripe as we make it up. */
export async function startWorkingApi(): Promise<WorkingApi> {
  const [billing, mail] = await Promise.all([startFakeBilling(), startMailLedger()]);
  const provider = {
    BILLING_PROVIDER: 'stripe',
    STRIPE_API_KEY: billing.apiKey,
    STRIPE_API_BASE: billing.stripeBase,
  };
  const api = await startTestApi(provider);
  const context = createContext(
    readConfig({
      ...provider,
      DATABASE_URL: api.databaseUrl,
      SMTP_URL: mail.url,
      WORKER_PORT: '0',
      RETRY_BASE_MS: '20',
      LOG_LEVEL: 'silent',
    }),
  );
  const worker = await startWorker(context, new AbortController().signal);
  return {
    api,
    billing,
    async close() {
      await worker.drain();
      await api.close();
      await Promise.all([billing.close(), mail.close()]);
    },
  };
}
