import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.js';
import { ROOT } from './places.js';
import { runReadme } from './readme.js';
import type { Row } from './row.js';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
/** How each entry point is imported. */
const ENTRIES = Object.keys(manifest.exports).map((entry) => entry.replace(/^\./, 'dotscout'));
const PEERS = Object.keys(manifest.peerDependencies ?? {});

/** What a program does with the package: a selector lives through a day, without a socket. */
const LIFE = `
const clock = new VirtualClock();
const exchange = new ScriptedExchange({ clock });
const selector = new TransportSelector({
  clock, prober: new ScriptedProber({ clock }), dot: exchange, do53: exchange,
  policy: { ...resolvePolicy('default'), threshold: 1, onlyAfterAnswer: false },
});
selector.decide('9.9.9.9');
clock.advance(1_000).then(() => {
  console.log(selector.explain('9.9.9.9').status);
  return selector.close();
});
`;
const NAMES = {
  dotscout: 'TransportSelector',
  'dotscout/state': 'resolvePolicy',
  'dotscout/testing': 'ScriptedExchange, ScriptedProber, VirtualClock',
} as const;
const IMPORTS = Object.entries(NAMES).map(([from, names]) => `import { ${names} } from '${from}';`);
const REQUIRES = Object.entries(NAMES).map(([from, names]) => `const { ${names} } = require('${from}');`);
const EXPECTED = 'Good';

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "private": true }',
  'esm.mjs': `${IMPORTS.join('\n')}${LIFE}`,
  'require.cjs': `${REQUIRES.join('\n')}${LIFE}`,
  'typed.mts': `${IMPORTS.join('\n')}
import type { Decision, SelectorOptions, ServerRef } from 'dotscout';
${ENTRIES.map((entry, index) => `import * as entry${index} from '${entry}';`).join('\n')}
// Under exactOptionalPropertyTypes an option that may be absent may be undefined as well.
const options: SelectorOptions = { policy: undefined, timeoutMs: undefined };
const decide = (one: TransportSelector, server: ServerRef): Decision => one.decide(server, { zone: undefined });
export const used = [${ENTRIES.map((_, index) => `entry${index}`).join(', ')}, options, decide];
${LIFE}`,
  'all.mjs': `${ENTRIES.map((entry) => `import '${entry}';`).join('\n')}\nconsole.log('${EXPECTED}');\n`,
  'pure.mjs': `import { resolvePolicy, transition } from 'dotscout/state';
const policy = resolvePolicy({ threshold: 1, onlyAfterAnswer: false });
const { effects } = transition(undefined, { type: 'contact' }, policy, 0);
console.log(effects.length > 0 ? '${EXPECTED}' : 'nothing is wanted');
`,
};

const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--target', 'es2023'];
const LIB = ['--lib', 'es2023,esnext.disposable', '--types', 'node', '--skipLibCheck', 'false'];

/** A program in a folder outside of this repository, where nothing but the package is installed. */
class Consumer {
  #folder: Promise<string> | undefined;

  /** Where it is; packed and installed at the first call. */
  folder(): Promise<string> {
    this.#folder ??= this.#install();
    return this.#folder;
  }

  async #install(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'dotscout-consumer-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    await run(ROOT, 'npm', 'run', 'build');
    await run(ROOT, 'npm', 'pack', '--pack-destination', folder);
    const [tarball = ''] = readdirSync(folder);
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    await npmInstall(folder, `./${tarball}`);
    return folder;
  }

  /** Adds packages of the versions that this repository has. */
  async add(...names: readonly string[]): Promise<string> {
    const folder = await this.folder();
    const missing = names.filter((name) => !existsSync(join(folder, 'node_modules', name)));
    if (missing.length > 0) await npmInstall(folder, ...missing.map((name) => `${name}@${versionHere(name)}`));
    return folder;
  }
}

function npmInstall(folder: string, ...packages: readonly string[]): Promise<string> {
  return run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', ...packages);
}

function versionHere(name: string): string {
  const text = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const MAKE_REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** The rows of the consumers; they share one. */
export function consumerRows(): Row[] {
  const consumer = new Consumer();
  const row = (what: string, run: () => Promise<string>): Row => ({ place: 'Consumer', what, part: 'both', run });
  const node = async (file: string): Promise<string> => {
    const said = (await run(await consumer.folder(), process.execPath, file)).trim();
    if (said !== EXPECTED) throw new Error(`${file} says ${said}`);
    return `Node ${process.versions.node}`;
  };
  const compile = async (...given: readonly string[]): Promise<string> => {
    const folder = await consumer.add('typescript', '@types/node', ...PEERS);
    return run(folder, process.execPath, 'node_modules/typescript/bin/tsc', ...STRICT, ...LIB, ...given);
  };
  const typed = async (...options: readonly string[]): Promise<string> => {
    await compile(...options, 'typed.mts');
    return `TypeScript ${versionHere('typescript')}, strict, exactOptionalPropertyTypes`;
  };
  const bundled = async (file: string, platform: string): Promise<string> => {
    const folder = await consumer.add('esbuild');
    const options = ['--bundle', '--minify', '--format=esm', `--platform=${platform}`, '--outfile=bundle.mjs'];
    // dns-packet, which dotscout/testing carries, is CommonJS and requires `buffer`: in a module that has to be made.
    if (platform === 'node') options.push(`--banner:js=${MAKE_REQUIRE}`);
    await run(folder, join(folder, 'node_modules/.bin/esbuild'), file, ...options);
    await node('bundle.mjs');
    return `esbuild ${versionHere('esbuild')}, ${Math.round(readFileSync(join(folder, 'bundle.mjs')).length / 1_000)} kB`;
  };
  return [
    row('import', () => node('esm.mjs')),
    row('require', () => node('require.cjs')),
    row('TypeScript, nodenext', async () => {
      const said = await typed('--module', 'nodenext');
      await node('typed.mjs');
      return said;
    }),
    row('TypeScript, bundler', () => typed('--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit')),
    row('the programs of README.md', async () => {
      // What README.md says that they need.
      const folder = await consumer.add('dns-packet', '@types/dns-packet');
      return runReadme(folder, (files) => compile('--module', 'nodenext', ...files));
    }),
    row('every entry point, with its peers', async () => {
      await consumer.add(...PEERS);
      await node('all.mjs');
      return ENTRIES.join(', ');
    }),
    row('bundle for Node', () => bundled('esm.mjs', 'node')),
    row('bundle of dotscout/state for a browser', () => bundled('pure.mjs', 'browser')),
  ];
}
