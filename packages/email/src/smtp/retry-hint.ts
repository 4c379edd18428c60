const longestMs = 3_600_000;

/** The wait that a 4xx reply names ("try again in 300 seconds"), in milliseconds, at most 1 h. */
export function retryHintMs(reply: string): number | undefined {
  const match = /\b(?:in|after|for)\s+(\d{1,6})\s*(s|secs?|seconds?|m|mins?|minutes?)\b/i.exec(
    reply,
  );
  if (!match) return undefined;
  const unitMs = match[2]?.toLowerCase().startsWith('m') ? 60_000 : 1_000;
  return Math.min(Number(match[1]) * unitMs, longestMs) || undefined;
}
