import { createHmac, timingSafeEqual } from 'node:crypto';

export interface AcceptTokens {
  /** The token of an invitation's accept link: the same for the same invitation and secret. */
  sign(invitationId: string): string;
  /** The invitation's id, or null for a token that this secret did not sign. */
  read(token: string): string | null;
}

/** Where people accept: the link in their email. */
export const acceptLink = (publicUrl: string, token: string): string =>
  `${publicUrl}/accept?token=${token}`;

/** Accept tokens: the invitation's id and an HMAC-SHA256 over it, both base64url, with a dot between. */
export function createTokens(secret: Buffer): AcceptTokens {
  const sign = (invitationId: string) => {
    const id = invitationId.toLowerCase();
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
    const mac = createHmac('sha256', secret).update(`usher:accept:${id}`).digest();
    return `${bytes.toString('base64url')}.${mac.toString('base64url')}`;
  };
  return {
    sign,
    read(token) {
      const bytes = Buffer.from(token.split('.', 1)[0] as string, 'base64url');
      if (bytes.length !== 16) return null;
      const id = bytes
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      // The whole token is compared, so that one invitation has exactly one spelling.
      const expected = Buffer.from(sign(id));
      const given = Buffer.from(token);
      return given.length === expected.length && timingSafeEqual(given, expected) ? id : null;
    },
  };
}
