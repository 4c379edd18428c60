import { setTimeout as delay } from 'node:timers/promises';

interface Address {
  address: string;
  name?: string;
}

/** An email as the mail catcher received it. */
export interface ReceivedEmail {
  id: string;
  from: Address[];
  to: Address[];
  subject: string;
  text: string;
  html: string;
}

const DEADLINE_MS = 20_000;

export interface Inbox {
  /** Everything that has arrived for this address by now. */
  of(address: string): Promise<ReceivedEmail[]>;
  /** The first email for this address; undefined if none comes in time. */
  waitFor(address: string): Promise<ReceivedEmail | undefined>;
}

export function createInbox(mailUrl: string, signal: AbortSignal): Inbox {
  const of = async (address: string) => {
    const response = await fetch(new URL('/email', mailUrl), { signal });
    const emails = (await response.json()) as ReceivedEmail[];
    return emails.filter(({ to }) => to.some((recipient) => recipient.address === address));
  };
  return {
    of,
    async waitFor(address) {
      const deadline = performance.now() + DEADLINE_MS;
      for (;;) {
        const [email] = await of(address);
        if (email || performance.now() > deadline) return email;
        await delay(100, undefined, { signal });
      }
    },
  };
}

export const writeAddress = ({ address, name }: Address): string =>
  name ? `${name} <${address}>` : address;
