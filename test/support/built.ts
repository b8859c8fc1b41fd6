import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { loopBeat } from './loop-beat.js';
import type { Namespace } from './namespace.js';

const run = promisify(execFile);

/** A copy of the library as it is shipped: one file an entry point, and chunks. */
export interface BuiltCopy extends AsyncDisposable {
  /**
   * Runs a program of ours to its end.
   *
   * @param source - an ES module; `@` in its imports stands for the copy
   * @param options - where, what `input` the program has, and how long after its first line it is killed, if at all
   */
  run(source: string, options?: { input?: unknown; namespace?: Namespace; killAfterMs?: number }): Promise<Ended>;
  /** Writes a program of ours into a file beside the copy, for one that starts itself again; `@` as in {@link BuiltCopy.run}. */
  write(source: string): Promise<string>;
  /** Runs such a file to its end. */
  runFile(file: string, options?: { input?: unknown }): Promise<Ended>;
  remove(): Promise<void>;
}

/** How a program ended. */
export interface Ended {
  /** Its exit code; `null` if a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Each line that it wrote, as JSON. */
  readonly lines: readonly unknown[];
  readonly stderr: string;
  /** For how long its event loop stood still, in milliseconds; 0 if a signal ended it. */
  readonly stoodMs: number;
}

/** After so long a program that does not end is killed, so that its test says what it had told. */
const PATIENCE_MS = 120_000;

/** Tells how a program's loop went. */
const BEAT = 'beat.js';

let programs = 0;

/** What must not outlive this process. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Builds the library into a directory from which its dependencies are found. Types are the build's and the linter's matter. */
export async function buildCopy(): Promise<BuiltCopy> {
  const cache = resolve('node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'dotscout-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    // The package's own says that its files are ES modules; the search for it ends at node_modules.
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    await Promise.all([
      run(process.execPath, [resolve('scripts/bundle.mjs'), directory]),
      build({
        entryPoints: [resolve('test/support/program-beat.ts')],
        ...{ bundle: true, platform: 'node', format: 'esm', outfile: join(directory, BEAT), logLevel: 'silent' },
      }),
    ]);
  } catch (error) {
    await remove();
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(`the library cannot be built: ${stderr}`, { cause: error });
  }
  const node = [process.execPath, '--import', pathToFileURL(join(directory, BEAT)).href];
  const complete = (source: string) => source.replaceAll("from '@/", `from '${pathToFileURL(directory).href}/`);
  return {
    async write(source) {
      const file = join(directory, `program-${++programs}.js`);
      await writeFile(file, complete(source));
      return file;
    },
    runFile: (file, { input } = {}) => runToEnd([...node, file, JSON.stringify(input ?? {})]),
    run(source, { input, namespace, killAfterMs } = {}) {
      const program = complete(source);
      const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace.name];
      const args = ['--input-type=module', '--eval', program, JSON.stringify(input ?? {})];
      return runToEnd([...inside, ...node, ...args], killAfterMs);
    },
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

function runToEnd([command = '', ...args]: readonly string[], killAfterMs?: number): Promise<Ended> {
  return new Promise((settle, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    running.add(child);
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    let stdout = '';
    let stderr = '';
    let stoodMs = 0;
    if (killAfterMs !== undefined)
      child.stdout?.once('data', () => setTimeout(() => child.kill('SIGKILL'), killAfterMs));
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    // A program's standing still is its test's.
    child.stdio[3]?.on('data', (ms: Buffer) => {
      stoodMs = Number(ms);
      loopBeat.note(stoodMs);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running.delete(child);
      clearTimeout(late);
      // What comes after the last end of a line was being written when it was killed.
      const lines = stdout
        .slice(0, stdout.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line !== '');
      settle({ code, signal, lines: lines.map((line): unknown => JSON.parse(line)), stderr, stoodMs });
    });
  });
}
