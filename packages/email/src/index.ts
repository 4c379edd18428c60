export { createSmtpMailer } from './create-smtp-mailer.ts';
export type { SmtpMailerOptions } from './create-smtp-mailer.ts';
export { inspectSmtp, type SmtpFacts } from './inspect-smtp.ts';
export type { Mailer, OutgoingEmail, SendResult } from './mailer.ts';
export type { EmailContent } from './templates/render-content.ts';
export type { InvitationContent, InvitedItem } from './templates/invitation.ts';
