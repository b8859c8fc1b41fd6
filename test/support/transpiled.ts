import { resolve } from 'node:path';
import { build } from 'esbuild';

/** What the programs are made of. */
const PARTS = ['src', 'tools', 'demo', 'simulate', 'test/support'];

/**
 * Compiles a program to where its command has it, file by file as tsc does. Types are unchecked, which takes most of tsc's time:
 * they are the type check's matter.
 *
 * @param name - the folder of the program
 * @returns the file to run
 */
export async function transpile(name: 'demo' | 'simulate'): Promise<string> {
  const outdir = resolve(`.${name}`);
  const entryPoints = PARTS.map((part) => `${part}/**/*.ts`);
  await build({ entryPoints, outbase: '.', outdir, format: 'esm', platform: 'node', target: 'es2023' });
  return resolve(outdir, name, 'main.js');
}
