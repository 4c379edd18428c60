export * from './billing-provisioning.ts';
export * from './bulk-invite.ts';
export { describeIssue } from './describe-issue.ts';
export * from './directory.ts';
export * from './error-codes.ts';
export { email, role, text, unique, uuid, type Role } from './fields.ts';
export { JOB_MAX_TARGETS } from './job-options.ts';
export { jobBody, type JobBody } from './job-body.ts';
export * from './jobs.ts';
