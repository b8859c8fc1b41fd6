import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests that the mutants of each part are tried on: those that are quick, and mean that part. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  verdict: ['test/state/!(properties|packed|index|address).test.ts'],
  table: ['test/state/!(properties).test.ts'],
  query: [
    'test/selector/{exchange,hardening,hedge-plan,hedges,lane,observe,race,report}.test.ts',
    'test/scenarios/q-race.test.ts',
  ],
  message: ['test/transport/{failure,message}*.test.ts'],
};

/** What kills most mutants in the least time comes first. */
const FIRST = ['transition', 'lame', 'offline', 'policy', 'address', 'table', 'q-race', 'hedges', 'exchange', 'report'];

function placeOf({ moduleId }: TestSpecification): number {
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
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: QuickFirst },
  },
});

export default config;
