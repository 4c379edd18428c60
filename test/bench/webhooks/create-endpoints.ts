import { createOrganization } from '@usher/directory';
import { createEndpoint } from '@usher/events';
import { createSealer, createSecret } from '@usher/webhooks';
import { inTurn } from './in-turn.ts';
import type { Behaviour } from './behaviours.ts';
import type { Stage } from './start-stage.ts';

/** Each endpoint in an organization of its own, or all of them in one. */
export type Layout = 'own' | 'one';

export interface Endpoint {
  id: string;
  orgId: string;
  behaviour: Behaviour;
  /** Among all endpoints, those included that were left out. */
  place: number;
}

/** Register endpoints at these addresses; undefined: that one is left out. */
export async function createEndpoints(
  { system: { db }, secretKey }: Pick<Stage, 'system' | 'secretKey'>,
  layout: Layout,
  behaviours: readonly Behaviour[],
  urls: ReadonlyArray<string | undefined>,
): Promise<Endpoint[]> {
  const { seal } = createSealer(secretKey);
  const anOrganization = async (name: string) => (await createOrganization(db, { name })).id;
  const common = layout === 'one' ? await anOrganization('All') : undefined;
  const wanted = behaviours.flatMap((behaviour, place) => {
    const url = urls[place];
    return url === undefined ? [] : [{ behaviour, place, url }];
  });
  return inTurn(wanted, async ({ behaviour, place, url }) => {
    const orgId = common ?? (await anOrganization(`Of endpoint ${place}`));
    const { id } = await db.transaction().execute((trx) =>
      createEndpoint(trx, {
        orgId,
        url,
        eventTypes: ['job.completed'],
        inOrder: false,
        secret: createSecret(),
        seal,
      }),
    );
    return { id, orgId, behaviour, place };
  });
}
