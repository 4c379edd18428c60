import { z } from 'zod';
import { uuid } from './fields.ts';

/** The parameters of every path with a uuid in it. */
export const idParams = z.object({ id: uuid });

/** `/websites/{id}/members/{user_id}` */
export const memberParams = z.object({ id: uuid, user_id: uuid });

/** `/invites/org/{invite_id}` */
export const inviteParams = z.object({ invite_id: uuid });

/** Of a request that says everything by its path. */
export const emptyBody = z.strictObject({});
