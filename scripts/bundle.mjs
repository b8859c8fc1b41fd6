// npm run build, the JavaScript: what each entry point of package.json needs in as few files as may be, for a runtime that reads
// 300 files takes three times as long to begin. What several need is in a chunk of its own, once, so that a class is one class.
// With an argument it writes into that folder instead of dist: tests run the library as it is shipped.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { build } from 'esbuild';

/** An import for nothing but its side effects: esbuild keeps their order by these, we have none, and bundlers warn of them. */
const BARE_IMPORT = /^import "\.{1,2}\/[^"]*";\n/gm;

const [outdir = 'dist'] = process.argv.slice(2);
const { exports, engines } = JSON.parse(await readFile('package.json', 'utf8'));
const entryPoints = Object.values(exports).map(({ types }) => types.replace('./dist/', 'src/').replace('.d.ts', '.ts'));

const { outputFiles } = await build({
  entryPoints,
  outbase: 'src',
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: `node${engines.node.replace('>=', '')}`,
  packages: 'external',
  chunkNames: 'chunks/[hash]',
  logLevel: 'warning',
  write: false,
});
for (const { path, text } of outputFiles) {
  const code = text.replace(BARE_IMPORT, '');
  if (code.trim() === '') continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, code);
}
