/** What a client says to Postgres, message by message. */
export interface FrontendMessage {
  /** Its letter; empty for the first message, which has none. */
  type: string;
  /** All of its bytes, as they came. */
  bytes: Buffer;
  isCommit: boolean;
  /** Something outside a COMMIT that asks for an answer. */
  isStatement: boolean;
}

const HEADER = 5;

/** Cut a stream of bytes into the messages of Postgres' protocol; keeps what is not whole yet. */
export function createMessageReader(): (chunk: Buffer) => FrontendMessage[] {
  let kept: Buffer = Buffer.alloc(0);
  let begun = false;
  return (chunk) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const messages: FrontendMessage[] = [];
    for (;;) {
      const lengthAt = begun ? 1 : 0;
      if (kept.length < lengthAt + 4) return messages;
      const size = lengthAt + kept.readUInt32BE(lengthAt);
      if (kept.length < size) return messages;
      const bytes = kept.subarray(0, size);
      kept = kept.subarray(size);
      const type = begun ? String.fromCharCode(bytes[0] as number) : '';
      begun = true;
      const isCommit =
        type === 'Q' && /^commit\s*;?\0$/i.test(bytes.subarray(HEADER).toString('latin1'));
      const isStatement = !isCommit && (type === 'Q' || type === 'S');
      messages.push({ type, bytes, isCommit, isStatement });
    }
  };
}
