import { readFile, writeFile } from 'node:fs/promises';
import { OPERATIONS, SURFACES } from '@usher/contracts/operations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStage, type Stage } from '../generative/stage.ts';
import { checkWebhook } from '../support/contract/check-answer.ts';
import { createRecorder, type Recordings } from './record-examples.ts';
import { TIME } from './settle-values.ts';
import { tellStory } from './tell-story.ts';

const fileOf = (surface: string) =>
  new URL(`../../packages/openapi/examples/${surface}.json`, import.meta.url);

/** Two things may happen within one millisecond, or not. */
const timeless = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(TIME, 'a time'));

let stage: Stage;
let recordings: Recordings;
beforeAll(async () => {
  stage = await startStage();
  const record = createRecorder(stage);
  await tellStory(record, stage);
  ({ recordings } = record);
  if (!process.env.USHER_UPDATE_EXAMPLES) return;
  for (const surface of SURFACES) {
    await writeFile(fileOf(surface), `${JSON.stringify(recordings[surface], null, 2)}\n`);
  }
});
afterAll(() => stage.close());

// After a change that is meant: USHER_UPDATE_EXAMPLES=1 vitest run test/openapi/examples
test.each(SURFACES)('every example of %s is what a request is really answered', async (surface) => {
  const kept: unknown = JSON.parse(await readFile(fileOf(surface), 'utf8'));
  expect(timeless(kept)).toEqual(timeless(recordings[surface]));
});

test('there is an example of every operation that answers with JSON', () => {
  for (const surface of SURFACES) {
    const answering = OPERATIONS[surface].filter(({ answers }) =>
      Object.values(answers).some(({ content = {} }) => 'application/json' in content),
    );
    const names = answering.map(({ operationId }) => operationId);
    expect(Object.keys(recordings[surface])).toEqual(expect.arrayContaining(names));
  }
});

test('webhooks are as the document says', () => {
  const bodies = stage.receiver.received.map(({ body }) => JSON.parse(body) as { type: string });
  expect(new Set(bodies.map(({ type }) => type))).toEqual(
    new Set([
      'job.completed',
      'job.canceled',
      'job.target_failed',
      'invitation.accepted',
      'endpoint.test',
    ]),
  );
  for (const body of bodies) expect(() => checkWebhook(body)).not.toThrow();
});
