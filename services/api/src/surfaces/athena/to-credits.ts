import type { CreditsResource } from '@usher/contracts';
import type { Credits } from '@usher/directory';

export function toCredits(credits: Credits): CreditsResource {
  return {
    total: credits.total,
    monthly: {
      balance: credits.monthly,
      next_reset_at: credits.nextResetAt?.getTime() ?? null,
    },
    one_off: { balance: credits.oneOff },
  };
}
