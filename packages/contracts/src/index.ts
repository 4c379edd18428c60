export * from './bulk-invite.ts';
export * from './directory.ts';
export * from './error-codes.ts';
export { email, role, text, unique, uuid, type Role } from './fields.ts';
export * from './jobs.ts';
