export * from './bulk-invite.ts';
export { describeIssue } from './describe-issue.ts';
export * from './directory.ts';
export * from './error-codes.ts';
export { email, role, text, unique, uuid, type Role } from './fields.ts';
export * from './jobs.ts';
