// Mutation testing of the parts that decide, one part a run: PART=verdict, table, query or message. See docs/mutation.md.

/** What decides of one endpoint; the rest of `state` is how the table keeps many. */
const VERDICT = [
  'transition',
  'evidence',
  'expiry',
  'steps',
  'lame',
  'offline',
  'policy',
  'popularity',
  'smoothing',
].map((file) => `src/state/${file}.ts`);

/** @type {Record<string, string[]>} */
const FILES = {
  verdict: VERDICT,
  table: ['src/state/**/*.ts', ...VERDICT.map((file) => `!${file}`)],
  query: ['src/query/{query,race,transport-try,hedge-plan}.ts'],
  message: ['src/wire/message.ts', 'src/transport/failure.ts'],
};
const part = process.env.PART ?? 'verdict';
const reports = `coverage/mutation/${part}`;

export default {
  mutate: FILES[part],
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  // No file is left out because it does not name what is mutated: nearly all reach it through the index.
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // A second one gains little on two cores, and what is merely slow then runs into its limit.
  concurrency: 1,
  // Of the table many loops end by what is mutated, and its tests take no two seconds.
  timeoutMS: part === 'table' ? 5_000 : 20_000,
  incremental: true,
  incrementalFile: `${reports}.incremental.json`,
  tempDirName: 'temp/mutation',
  ignorePatterns: [
    '.bench',
    '.demo',
    '.fuzz',
    '.model',
    'bench',
    'coverage',
    'demo',
    'dist',
    'docs',
    'etc',
    'examples',
    'temp',
  ],
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `${reports}.json` },
  thresholds: { high: 95, low: 90, break: 90 },
};
