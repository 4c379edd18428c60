/**
 * What came of one request to the provider. `reason` is one line of at most 300 characters, without
 * secrets: the provider's own message where it gave one.
 */
export type Upstream<T> =
  | { kind: 'ok'; value: T }
  /** A final no: a 4xx, with its `status` and the provider's own `code` where it gave one. */
  | { kind: 'rejected'; reason: string; status: number; code?: string; keySpent?: true }
  /**
   * An answer that it was not done, for now: 408, 425, 429, 5xx, or nothing was sent. A 5xx can have
   * had its effect all the same, as Stripe says of its own: look before doing it in another way.
   * `retryAfterMs`: the provider named a time, in milliseconds, an hour at most.
   * `keySpent`: this answer, or another request, is stored under the idempotency key. Only a new key
   * can succeed, and nothing under the old one is still on its way: a look-up now is conclusive.
   * Without it, a request made earlier under the key may still take effect.
   * `untouched`: this request certainly had no effect, now or later (429, or nothing was sent).
   */
  | {
      kind: 'unavailable';
      reason: string;
      retryAfterMs?: number;
      keySpent?: true;
      untouched?: true;
    }
  /** No answer, or none that can be read: it may have had its effect. */
  | { kind: 'unanswered'; reason: string };

/** A billing entity, as the provider tells of it. */
export interface UpstreamEntity {
  id: string;
  /** The group it was made for; null where it does not say. */
  groupId: string | null;
  orgId: string | null;
  name: string | null;
}

/** No method throws for the other side's faults, but `list`. */
export interface BillingProvider {
  readonly name: string;
  /**
   * The group's entity, by a strongly consistent look-up; null: there is none.
   * @param since nothing made more than ten minutes before it is looked at, where that saves work.
   */
  find(groupId: string, since: Date, signal: AbortSignal): Promise<Upstream<UpstreamEntity | null>>;
  /** Creates it, from ids alone: repeated under the same `key`, it is the same request. */
  create(
    group: { groupId: string; orgId: string; key: string },
    signal: AbortSignal,
  ): Promise<Upstream<UpstreamEntity>>;
  rename(
    entity: { id: string; groupId: string },
    name: string,
    signal: AbortSignal,
  ): Promise<Upstream<null>>;
  /** Every entity that we made, page by page. @throws an Error that says why it cannot be read. */
  list(signal: AbortSignal): AsyncIterable<UpstreamEntity[]>;
}
