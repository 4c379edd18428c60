import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where tests start whole systems and mostly wait, longest first. */
const LONG = [
  'test/races/',
  'test/conformance/',
  'test/faults/',
  'test/e2e/',
  'test/bench/',
  'test/',
];

/** Long files first, so that none is left to run alone at the end, also where no run was timed before. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((folder) => moduleId.includes(`/${folder}`));
      return at === -1 ? LONG.length : at;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
