/** 16 bytes: version 7, and a number of our own. */
const uuidOf = (number: number) =>
  `01890a5d-ac96-774b-bcce-${number.toString(16).padStart(12, '0')}`;
const bytesOf = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex');

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
const CONNECT_ID = /\b(grp|org|grpm|grpmsr)_([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])/g;
/** ISO 8601, UTC, to the millisecond. */
export const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
const FIRST_SECOND = Date.UTC(2026, 2, 1, 9, 30) / 1_000;

/** What is different each time that it is asked for, by its key. */
const BY_KEY: Record<string, unknown> = {
  access_token: 'usher_at_c2FtcGxlLXRva2VuLW9mLTE1LW1pbnV0ZXM',
  createdAt: FIRST_SECOND,
  duration_ms: 12,
  next_reset_at: Date.UTC(2026, 3, 1),
  token: 'c2FtcGxlLWludml0YXRpb24.c2FtcGxlLXNpZ25hdHVyZQ',
};

/**
 * Puts others in place of the ids, times and secrets of an answer, which are new each time: the same one
 * for the same one, numbered as they are met, so that what was equal stays equal.
 */
export function createSettler(addresses: Record<string, string>): (value: unknown) => unknown {
  const ids = new Map<string, string>();
  const times = new Map<string, string>();
  const settleId = (id: string) => {
    const settled = ids.get(id) ?? uuidOf(ids.size + 1);
    ids.set(id, settled);
    return settled;
  };
  const settleTime = (time: string) => {
    const settled = times.get(time) ?? new Date((FIRST_SECOND + times.size) * 1_000).toISOString();
    times.set(time, settled);
    return settled;
  };
  const settleText = (text: string) => {
    let settled = text;
    for (const [real, shown] of Object.entries(addresses))
      settled = settled.replaceAll(real, shown);
    return settled
      .replace(/whsec_[A-Za-z0-9+/=]+/g, 'whsec_c2FtcGxlLXNlY3JldC1vZi0yNC1ieXRlcw==')
      .replace(/token=[\w.-]+/g, 'token=sample-token')
      .replace(CONNECT_ID, (_, kind: string, bytes: string) => {
        const hex = Buffer.from(bytes, 'base64url').toString('hex');
        const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
        return `${kind}_${bytesOf(settleId(uuid)).toString('base64url')}`;
      })
      .replace(UUID, settleId)
      .replace(TIME, settleTime);
  };
  return function settle(value: unknown): unknown {
    if (typeof value === 'string') return settleText(value);
    if (Array.isArray(value)) return value.map(settle);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const shown = BY_KEY[key];
        const fresh = typeof shown === typeof item ? shown : undefined;
        if (fresh !== undefined) return [key, fresh];
        if (key === 'next_cursor' && item !== '') return [key, 'MTAxODkw'];
        return [key, settle(item)];
      }),
    );
  };
}
