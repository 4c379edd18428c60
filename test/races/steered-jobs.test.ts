import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BACKENDS, type Store } from '../conformance/backends.ts';
import { createRandom, type Random } from '../faults/random.ts';
import { findViolations } from '../support/checker.ts';
import { DAWDLE } from '../support/dawdle.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { expected, keepReplacing, type Replaced } from './keep-replacing.ts';

const STORIES = Number(process.env.USHER_STORIES ?? 30);
const AT_ONCE = 10;
/** One worker dies for so many stories. */
const STORIES_PER_KILL = 10;

describe.each(BACKENDS)('on $name', (backend) => {
  let system: System;
  let store: Store;
  let workers: Replaced;
  const deadlocks: string[] = [];
  beforeAll(async () => {
    store = await backend.open();
    const { queueUrl } = store;
    const onLine = (line: string) => {
      if (/"service":"api".*40P01/.test(line)) deadlocks.push(line);
    };
    system = await startSystem({ workers: 2, websites: 40, onLine, ...(queueUrl && { queueUrl }) });
    workers = keepReplacing(system);
    for (const statement of DAWDLE) await sql.raw(statement).execute(system.db);
  });
  afterAll(async () => {
    await workers?.stop();
    await system?.close();
    await store?.close();
  });

  test(`${STORIES} jobs, canceled, paused, resumed, redriven, accepted and revoked at any moment while workers die, keep every promise`, async () => {
    const seed = Number(process.env.USHER_SEED ?? 1);
    const heard = new Map<string, number>();
    let next = 0;
    const teller = async () => {
      while (next < STORIES) {
        const number = next++;
        if (number % STORIES_PER_KILL === STORIES_PER_KILL - 1) killOne(workers);
        await tell(system, createRandom(seed * 100_003 + number), number, heard);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, teller));
    await settled(system, 360_000);
    expect(await findViolations(system.db, system.mail)).toEqual([]);
    // Each of them took place, and was refused at times as well.
    for (const verb of ['cancel', 'pause', 'resume', 'redrive']) {
      expect(heard.get(`${verb} 200`) ?? 0, verb).toBeGreaterThan(0);
    }
    // A machine that is too slow answers 503, and nothing else is wrong.
    expect([...heard.keys()].filter((each) => / (5(?!03)\d\d|4(?!09)\d\d)$/.test(each))).toEqual(
      [],
    );
    expect(deadlocks).toEqual([]);
    console.log(`${STORIES} stories, ${workers.ended} workers killed:`, Object.fromEntries(heard));
  }, 900_000);
});

function killOne({ alive }: Replaced): void {
  const [oldest] = alive;
  if (oldest) process.kill((oldest as Part).pid, 'SIGKILL');
}

/** One job, and what is done to it; at the end it goes on by itself. */
async function tell(
  system: System,
  random: Random,
  number: number,
  heard: Map<string, number>,
): Promise<void> {
  const email = `story-${number}@example.com`;
  const unknown = Array.from({ length: random.integer(0, 3) }, () => crypto.randomUUID());
  const known = random.sample(system.tenant.websiteIds, random.integer(1, 40));
  const targets = [...known, ...unknown];
  const job = {
    kind: 'bulk-invite',
    invite_method: random.pick(['direct', 'email', 'email'] as const),
    email,
    website_ids: random.sample(targets, targets.length),
  };
  const submitted = await waitFor(`story ${number} begins`, async () => {
    const answer = await system.call('POST', '/api/v1/jobs', { body: job });
    return answer.status !== 503 && answer;
  });
  expect(submitted.status).toBe(202);
  const path = `/api/v1/jobs/${submitted.body.job.id}`;
  const say = async (what: string, call: Promise<{ status: number } | undefined>) => {
    const status = (await call.catch(expected))?.status;
    if (status !== undefined)
      heard.set(`${what} ${status}`, (heard.get(`${what} ${status}`) ?? 0) + 1);
  };
  const actions = {
    cancel: () => say('cancel', system.call('POST', `${path}/cancel`)),
    pause: () => say('pause', system.call('POST', `${path}/pause`)),
    resume: () => say('resume', system.call('POST', `${path}/resume`)),
    redrive: () =>
      say(
        'redrive',
        system.call('POST', `${path}/redrive`, {
          body: {
            ...(random.integer(0, 1) === 1 && { codes: ['canceled', 'not_found'] }),
            resend_email: random.integer(0, 3) === 0,
          },
        }),
      ),
    accept: async () => {
      const token = /token=([\w.-]+)/.exec(system.mail.to(email)[0]?.text ?? '')?.[1];
      if (!token) return;
      await say(
        'accept',
        system.call('POST', '/api/v1/invitations/accept', { key: null, body: { token } }),
      );
    },
    revoke: async () => {
      const { rows } = await sql<{ id: string }>`
        select id from invites where email = ${email} limit 1`.execute(system.db);
      if (rows[0]) await say('revoke', system.call('DELETE', `/api/v1/invites/org/${rows[0].id}`));
    },
    look: () => say('look', system.call('GET', `${path}?wait=1`)),
  };
  const early = ['pause', 'pause', 'resume', 'resume', 'cancel', 'redrive', 'look'] as const;
  const late = ['redrive', 'redrive', 'accept', 'revoke', 'cancel', 'resume'] as const;
  const ends = () =>
    waitFor(
      `story ${number} ends`,
      async () => {
        const { status, body } = await system.call('GET', `${path}?wait=5`);
        if (status === 503) return false;
        if (body.job.state === 'paused') await actions.resume();
        return body.job.finished_at !== null;
      },
      360_000,
    );
  for (const verbs of [early, late, late]) {
    for (let n = random.integer(1, 4); n > 0; n -= 1) {
      const together = Array.from({ length: random.integer(1, 2) }, () =>
        random.pick<keyof typeof actions>(verbs),
      );
      await Promise.all(together.map((verb) => actions[verb]()));
    }
    await ends();
  }
}
