import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import type { Machine } from './machine.js';

/** Compiled, this file is one directory deeper. */
const PLACES = [join(import.meta.dirname, '..'), join(import.meta.dirname, '..', '..')];
const ROOT = PLACES.find((directory) => existsSync(join(directory, 'package.json'))) ?? '.';

/** As in tsconfig.json. */
const OPTIONS = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };

/** The sources of the state machine by their names, as they stand. */
export type Sources = ReadonlyMap<string, string>;

/** Reads the sources of `transition` and of all that it imports. */
export async function readSources(): Promise<Sources> {
  const directory = join(ROOT, 'src', 'state');
  const sources = new Map<string, string>();
  const names = ['transition.ts'];
  for (const name of names) {
    const source = await readFile(join(directory, name), 'utf8');
    sources.set(name, source);
    const imported = [...source.matchAll(/^(?:import|\} from|export).*'\.\/([\w-]+)\.js'/gm)].map(
      ([, one]) => `${one}.ts`,
    );
    names.push(...imported.filter((one) => !names.includes(one)));
  }
  return sources;
}

/** Compiles sources of the state machine, types unchecked, and loads what comes of them beside the real one. */
export class Workshop implements AsyncDisposable {
  readonly #directory: string;
  readonly #compiled = new Map<string, string>();
  #count = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** One in a temporary directory, which goes with it. */
  static async open(): Promise<Workshop> {
    const directory = await mkdtemp(join(tmpdir(), 'dotscout-model-'));
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    return new Workshop(directory);
  }

  /** The state machine that some sources make. */
  async load(sources: Sources): Promise<Machine> {
    const directory = join(this.#directory, `${++this.#count}`);
    await mkdir(directory);
    await Promise.all(
      [...sources].map(([name, text]) => writeFile(join(directory, name.replace(/ts$/, 'js')), this.#compile(text))),
    );
    return (await import(/* @vite-ignore */ pathToFileURL(join(directory, 'transition.js')).href)) as Machine;
  }

  /** Removes all that it wrote. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  #compile(source: string): string {
    const known = this.#compiled.get(source);
    if (known !== undefined) return known;
    const { outputText } = ts.transpileModule(source, { compilerOptions: OPTIONS });
    this.#compiled.set(source, outputText);
    return outputText;
  }
}
