import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests that the mutants of each part are tried on: those that are quick, and mean that part. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  verdict: [
    'test/state/!(properties|index).test.ts',
    'test/state/table/!(packed).test.ts',
    'test/state/address/!(address).test.ts',
  ],
  // What random events find among many rows should have a test that says so, and `index` takes a second.
  table: [
    'test/state/!(properties|index|transition|lame|offline|popularity|smoothing|verdict-edges).test.ts',
    'test/state/{table,address}/*.test.ts',
  ],
  query: ['test/query/!(foreign).test.ts', 'test/observe/observe.test.ts', 'test/scenarios/q-race.test.ts'],
  message: ['test/transport/failure*.test.ts', 'test/wire/message*.test.ts'],
};

/** What kills most mutants in the least time comes first. */
const FIRST = [
  'transition',
  'lame',
  'offline',
  'policy',
  'address',
  'table',
  'q-race',
  'hedges',
  'exchange',
  'reports',
];

/** What plays random events comes last. */
const LAST = 'packed';

function placeOf({ moduleId }: TestSpecification): number {
  if (moduleId.endsWith(`/${LAST}.test.ts`)) return FIRST.length + 1;
  const place = FIRST.findIndex((part) => moduleId.endsWith(`/${part}.test.ts`));
  return place < 0 ? FIRST.length : place;
}

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.sort((a, b) => placeOf(a) - placeOf(b));
  }
}

/** All in one worker, so that a mutant costs a second. */
const config: ViteUserConfig = defineConfig({
  test: {
    setupFiles: ['test/setup.ts', 'test/mutation/seed.ts'],
    include: [...(TESTS[process.env.PART ?? 'verdict'] ?? [])],
    testTimeout: 10_000,
    env: { FEWER_RUNS: '40' },
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: QuickFirst },
  },
});

export default config;
