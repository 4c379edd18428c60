/** What a body says of an event. */
export interface BodyEvent {
  type: string;
  data: Record<string, unknown>;
  created_at: Date;
}

/** The body of every attempt at a delivery, byte for byte: it never changes once the sequence is given. */
export const bodyOf = (event: BodyEvent, sequence: number): string =>
  JSON.stringify({
    type: event.type,
    timestamp: event.created_at.toISOString(),
    data: { ...event.data, sequence },
  });
