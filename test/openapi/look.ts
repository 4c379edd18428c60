import type { Stage } from '../generative/stage.ts';

// What the story waits for, read off the database.

/** Every email of an invitation that was decided on. */
export async function emailIsSent({ system }: Stage, invitationId: string): Promise<boolean> {
  const sendings = await system.db
    .selectFrom('sendings')
    .select('state')
    .where('subject_id', '=', invitationId)
    .execute();
  return sendings.length > 0 && sendings.every(({ state }) => state === 'sent');
}

export async function jobEmailIsSent(stage: Stage, jobId: string): Promise<boolean> {
  const invitation = await stage.system.db
    .selectFrom('invitations')
    .select('id')
    .where('job_id', '=', jobId)
    .executeTakeFirst();
  return invitation !== undefined && emailIsSent(stage, invitation.id);
}

export async function isDelivered({ system }: Stage, deliveryId: string): Promise<boolean> {
  const delivery = await system.db
    .selectFrom('deliveries')
    .select('state')
    .where('id', '=', deliveryId)
    .executeTakeFirst();
  return delivery?.state === 'delivered';
}

export async function allAreDelivered({ system }: Stage): Promise<boolean> {
  const left = await system.db
    .selectFrom('deliveries')
    .select('id')
    .where('state', '!=', 'delivered')
    .execute();
  return left.length === 0;
}

/** No job is unfinished, and no task is left. */
export async function nothingRuns({ system }: Stage): Promise<boolean> {
  const task = await system.db.selectFrom('tasks').select('id').executeTakeFirst();
  return task === undefined;
}

export async function numberOf({ system }: Stage, email: string): Promise<number> {
  const user = await system.db
    .selectFrom('users')
    .select('number')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  return Number(user.number);
}

/** The token of the accept link that was sent to somebody. */
export async function tokenOf({ system }: Stage, email: string): Promise<string> {
  const message = system.mail.to(email).at(-1);
  const token = /[?&]token=([\w.-]+)/.exec(message?.text ?? '')?.[1];
  if (token === undefined) throw new Error(`there is no accept link for ${email}`);
  return token;
}
