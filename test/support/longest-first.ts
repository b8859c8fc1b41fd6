import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, so that none of them is left when all else has ended: such as compute and such as wait in turns. */
const LONGEST = [
  'test/testing/simulation/life.test.ts',
  'test/site/playground.test.ts',
  'test/attacks/table.test.ts',
  'test/e2e/memory.test.ts',
  'test/model/check.test.ts',
  'test/e2e/command.test.ts',
  'test/faults/matrix.test.ts',
  'test/site/pages.test.ts',
  'test/attacks/backends.test.ts',
  'test/e2e/examples.test.ts',
  'test/attacks/victim.test.ts',
  'test/e2e/fleet.test.ts',
  'test/attacks/zones.test.ts',
  'test/real/rules.test.ts',
  'test/scenarios/q-sessions.test.ts',
  'test/e2e/demo.test.ts',
  'test/attacks/slots.test.ts',
  'test/site/playground-names.test.ts',
];

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((file) => moduleId.endsWith(file));
  return place < 0 ? LONGEST.length : place;
}

/** Begins with the longest files, and takes those that wait for servers in turns with those that compute. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = files.filter((file) => placeOf(file) === LONGEST.length);
    const waiting = rest.filter(({ project }) => project.name === 'real');
    const computing = rest.filter(({ project }) => project.name !== 'real');
    const every = Math.max(1, Math.floor(computing.length / (waiting.length + 1)));
    const mixed = computing.flatMap((file, index) => [file, ...(index % every === 0 ? waiting.splice(0, 1) : [])]);
    const first = files.filter((file) => placeOf(file) < LONGEST.length).toSorted((a, b) => placeOf(a) - placeOf(b));
    return [...first, ...mixed, ...waiting];
  }
}
