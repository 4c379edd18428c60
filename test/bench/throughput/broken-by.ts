import { describeExit, type ChildHandle } from '@usher/infra';

/** Rejects with the last lines of whichever process ends first. */
export function brokenBy(children: readonly ChildHandle[]): Promise<never> {
  const broken = Promise.race(
    children.map(async (child) => {
      const exit = await child.exited;
      throw new Error(`${child.name} ended (${describeExit(exit)}):\n${child.lastLines()}`);
    }),
  );
  // Told to end, they do, and nobody waits for this any more.
  broken.catch(() => {});
  return broken;
}
