/** What came of one request to the provider. `reason`: one line, safe to show. */
export type Upstream<T> =
  | { kind: 'ok'; value: T }
  /** A final no to this request; `keySpent` as below. */
  | { kind: 'rejected'; reason: string; keySpent?: true }
  /**
   * A definite answer that it was not done, for now. `keySpent`: nothing will ever come of the same
   * request under the same key. `untouched`: this one certainly had no effect, and never will.
   */
  | {
      kind: 'unavailable';
      reason: string;
      retryAfterMs?: number;
      keySpent?: true;
      untouched?: true;
    }
  /** No answer that can be read: it may have had its effect. */
  | { kind: 'unanswered'; reason: string };

/** A billing entity as the provider tells of it: the fields are validated, nothing more is believed. */
export interface UpstreamEntity {
  id: string;
  /** The group it was made for; null where it does not say. */
  groupId: string | null;
  orgId: string | null;
  name: string | null;
}

/** What provisioning needs of whoever can. No method throws for the other side's faults but `list`. */
export interface BillingProvider {
  readonly name: string;
  /**
   * The group's entity, by a look-up that is strongly consistent; null: there is none.
   * @param since nothing made before it need be looked at.
   */
  find(groupId: string, since: Date, signal: AbortSignal): Promise<Upstream<UpstreamEntity | null>>;
  /**
   * Create it. Its parameters depend on ids alone, so that repeating it under the same `key` is the
   * same request.
   */
  create(
    group: { groupId: string; orgId: string; key: string },
    signal: AbortSignal,
  ): Promise<Upstream<UpstreamEntity>>;
  rename(
    entity: { id: string; groupId: string },
    name: string,
    signal: AbortSignal,
  ): Promise<Upstream<null>>;
  /** Every entity of ours, page by page. @throws where it cannot be read. */
  list(signal: AbortSignal): AsyncIterable<UpstreamEntity[]>;
}
