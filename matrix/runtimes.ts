import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from './command.js';
import { CACHE, ROOT } from './places.js';
import type { Row } from './row.js';

/** A runtime from npm, and how it runs a program. */
interface Runtime {
  readonly place: string;
  /** The package, with its version. */
  readonly from: string;
  readonly program: 'node' | 'bun' | 'deno';
  /** What stands before the name of the file. */
  readonly args: readonly string[];
}

/** The least that `engines` admits, each line that is maintained, and the newest. */
const NODES = ['20.19.0', '22', '24', 'latest'];
const OTHERS: readonly Runtime[] = [
  { place: 'Bun', from: 'bun@1', program: 'bun', args: [] },
  { place: 'Deno', from: 'deno@2', program: 'deno', args: ['run', '--allow-all'] },
];

/** What depends on the runtime most. */
const SOCKETS = ['test/selector', 'test/transport'];
const CORE = ['test/state', 'test/scenarios', 'test/testing', 'test/prometheus', ...SOCKETS];
/**
 * Tests that open no socket. Those that do stand on the fault servers, which are wrong in ways in which the TLS of Bun and
 * Deno cannot be; there, the demo shows that sockets work.
 */
const WITH_SOCKETS =
  /support\/(lab|rig|crowd|siege|servers|raw|relay|wiretap|built|daemon)|do53-support|startF(aultServer|leet)|node:(net|dgram|tls|child_process)|BlockList/;

/** The rows of the runtimes. */
export function runtimeRows(): Row[] {
  const nodes = NODES.map((version): Runtime => {
    return { place: `Node ${version}`, from: `node@${version}`, program: 'node', args: [] };
  });
  const newest = nodes.at(-1);
  return [
    ...(newest === undefined ? [] : [testRow(newest, 'tests of sockets', 'quick', () => SOCKETS)]),
    ...nodes.map((node) => testRow(node, 'core tests', 'whole', () => CORE)),
    ...OTHERS.flatMap((other) => [
      testRow(other, 'core tests without sockets', 'whole', filesWithoutSockets),
      demoRow(other),
    ]),
  ];
}

function testRow(runtime: Runtime, what: string, part: Row['part'], files: () => readonly string[]): Row {
  return {
    place: runtime.place,
    what,
    part,
    async run() {
      const program = await installed(runtime);
      const tests = (...those: readonly string[]) => vitest(runtime, program, those);
      const first = await tests(...files());
      const said = `${await versionOf(program)}, ${first.passed} of ${first.total} tests`;
      if (first.failed.length === 0) return said;
      // Some tests of sockets have a time to meet, and the machine may be busy: their files once more, each alone.
      const again = await tests('--no-file-parallelism', ...new Set(first.failed.map(({ file }) => file)));
      if (again.failed.length > 0) throw new Error(again.failed.map(({ name }) => name).join('\n'));
      return `${said}, the others at the second try`;
    },
  };
}

/** What came of some tests. */
interface Tested {
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly { readonly file: string; readonly name: string }[];
}

/** What we read of vitest's report. */
interface Report {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

async function vitest(runtime: Runtime, program: string, args: readonly string[]): Promise<Tested> {
  const report = join(CACHE, `${runtime.program}-tests.json`);
  rmSync(report, { force: true });
  const options = ['run', '--project', 'unit', '--reporter=json', `--outputFile=${report}`];
  const ended = await run(ROOT, program, ...runtime.args, 'node_modules/vitest/vitest.mjs', ...options, ...args).catch(
    (error: Error) => error,
  );
  if (ended instanceof Error && !existsSync(report)) throw ended;
  const { numPassedTests, numTotalTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const failed = testResults.flatMap(({ name: file, status, assertionResults }) => {
    const names = assertionResults.filter((one) => one.status !== 'passed').map(({ fullName }) => fullName);
    // A file that cannot be loaded has no tests that fail.
    return (names.length === 0 && status !== 'passed' ? [file] : names).map((name) => ({ file, name }));
  });
  if (ended instanceof Error && failed.length === 0) throw ended;
  return { passed: numPassedTests, total: numTotalTests, failed };
}

function filesWithoutSockets(): string[] {
  return CORE.flatMap((folder) => {
    const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.test.ts'));
    return names.map((name) => join(folder, name));
  }).filter((file) => !WITH_SOCKETS.test(readFileSync(join(ROOT, file), 'utf8')));
}

function demoRow(runtime: Runtime): Row {
  return {
    place: runtime.place,
    what: 'demo, 52 servers on sockets',
    part: 'whole' as const,
    async run() {
      const program = await installed(runtime);
      await run(ROOT, process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.demo.json');
      const demo = ['.demo/demo/main.js', '--json', '--queries', '2000'];
      const summary = JSON.parse(await run(ROOT, program, ...runtime.args, ...demo)) as Record<string, number>;
      const { capable, good, failedQueries, queries } = summary;
      const said = `${good} of ${capable} found Good, ${failedQueries} of ${queries} queries failed`;
      if (failedQueries !== 0 || good !== capable) throw new Error(said);
      return said;
    },
  };
}

/** The runtime's program; installed if it is not yet. */
async function installed({ from, program }: Runtime): Promise<string> {
  const directory = join(CACHE, from.replace('@', '-'));
  const path = join(directory, 'node_modules/.bin', program);
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), '{}');
    await run(directory, 'npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', from);
  }
  return relative(ROOT, path);
}

async function versionOf(program: string): Promise<string> {
  const [line = ''] = (await run(ROOT, program, '--version')).split('\n');
  return line.trim();
}
