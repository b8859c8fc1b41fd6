import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

const source = (file: string): string => resolve(import.meta.dirname, 'src', file);

const shared = {
  setupFiles: ['test/setup.ts'],
  // What hangs ends; what computes has time for it on a machine with other work.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // What comes at once on an idle machine comes in a while on another; what never comes is told so late as this.
  expect: { poll: { timeout: 20_000 } },
  // Of a try that a stall of our own may have decided (test/support/stall.ts), and of no other.
  retry: { count: 4, condition: /^its own event loop stood still/ },
  // Users import the built package by its name; the tests of examples and README mean the source by it.
  alias: [
    { find: /^fast-check$/, replacement: resolve(import.meta.dirname, 'test/support/properties.ts') },
    { find: /^dotscout$/, replacement: source('index.ts') },
    { find: /^dotscout\/state$/, replacement: source('state/index.ts') },
    { find: /^dotscout\/resolver$/, replacement: source('resolver/index.ts') },
    { find: /^dotscout\/sources$/, replacement: source('sources/index.ts') },
    { find: /^dotscout\/store$/, replacement: source('store/index.ts') },
    { find: /^dotscout\/redis$/, replacement: source('store/redis/index.ts') },
    { find: /^dotscout\/cluster$/, replacement: source('store/cluster/index.ts') },
    { find: /^dotscout\/testing$/, replacement: source('testing/index.ts') },
    { find: /^dotscout\/prometheus$/, replacement: source('prometheus/index.ts') },
  ],
};
/** What starts name servers, programs and browsers: much of it waits for these, while a file of the other kind computes beside it. */
const real = [
  'test/real/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/site/pages.test.ts',
  'test/site/playground.test.ts',
  'test/site/playground-copied.test.ts',
  'test/site/playground-names.test.ts',
];

/** What replaces modules for good, or weighs the memory of its process: each has a worker of its own. */
const apart = [
  'examples/programs.test.ts',
  'test/attacks/table.test.ts',
  'test/command/scan.test.ts',
  'test/scenarios/q-hostile.test.ts',
  'test/transport/do53/trouble.test.ts',
  'test/transport/session/parts.test.ts',
];

const config: ViteUserConfig = defineConfig({
  test: {
    // One more than there are cores: with as many, files that wait for servers and programs left a third of two cores idle.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        lines: 92,
        'src/state/**': { lines: 98 },
        'src/query/query.ts': { lines: 98 },
        'src/selector.ts': { lines: 98 },
      },
    },
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...real, ...apart],
          // A worker loads the library once, which takes longer than most files' tests. What a test replaces is given back.
          isolate: false,
          restoreMocks: true,
          unstubGlobals: true,
          unstubEnvs: true,
        },
      },
      { test: { ...shared, name: 'apart', include: apart } },
      { test: { ...shared, name: 'real', include: real } },
    ],
  },
});

export default config;
