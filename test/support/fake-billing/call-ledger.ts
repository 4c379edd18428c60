import type { Fault, Operation } from './fault.ts';

/** One call, as it came and as it was answered. */
export interface LedgerCall {
  /** When it came, in milliseconds. */
  at: number;
  provider: 'stripe' | 'lago';
  operation: Operation;
  method: string;
  /** Without the query. */
  path: string;
  query: string;
  /** The idempotency key. */
  key: string | null;
  /** The group that it names, or that its entity was made for. */
  groupId: string | null;
  fault: Fault | null;
  /** The status answered; null while there is no answer, and where there never was one. */
  status: number | null;
  /** The answer was a stored one. */
  replayed: boolean;
  /** How many calls were open while this one came, itself included. */
  inFlight: number;
}

/** Every call, in the order of arrival. A call is open until it is answered or its caller has gone. */
export interface CallLedger {
  calls: LedgerCall[];
  /** Writes a call down; the function returned closes it. */
  open(call: Omit<LedgerCall, 'at' | 'fault' | 'status' | 'replayed' | 'inFlight'>): {
    entry: LedgerCall;
    close: () => void;
  };
  inFlight(): number;
  highestInFlight(): number;
}

export function createCallLedger(now: () => number): CallLedger {
  const calls: LedgerCall[] = [];
  let open = 0;
  let highest = 0;
  return {
    calls,
    open(call) {
      open += 1;
      highest = Math.max(highest, open);
      const blank = { at: now(), fault: null, status: null, replayed: false, inFlight: open };
      const entry: LedgerCall = { ...call, ...blank };
      calls.push(entry);
      let isOpen = true;
      const close = () => {
        if (isOpen) open -= 1;
        isOpen = false;
      };
      return { entry, close };
    },
    inFlight: () => open,
    highestInFlight: () => highest,
  };
}
