import type { OutgoingEmail } from '../mailer.ts';
import type { InvitationContent } from '../templates/invitation.ts';

export const never = new AbortController().signal;

/** An invitation to three websites, changed as told. */
export function invitationContent(changes: Partial<InvitationContent> = {}): InvitationContent {
  return {
    template: 'invitation',
    organization: 'Acme',
    firstName: 'Ada',
    items: ['Shop', 'Blog', 'Docs'].map((name) => ({ kind: 'website', name, role: 'viewer' })),
    acceptUrl: 'https://usher.example/accept/token-1',
    expiresAt: new Date('2026-03-03T14:05:00Z'),
    ...changes,
  };
}

export function invitationEmail(
  changes: Partial<InvitationContent> = {},
  envelope: Partial<Omit<OutgoingEmail, 'content'>> = {},
): OutgoingEmail {
  return {
    to: 'ada@example.com',
    messageId: 'sending-1@usher.example',
    content: invitationContent(changes),
    ...envelope,
  };
}
