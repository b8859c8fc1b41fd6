// npm run build, the JavaScript: what each entry point of package.json needs, in as few files as may be and without white space,
// for reading is most of what an import costs: 2 ms a file, however short. What several entries need is in a chunk of its own, once,
// so that a class is one class. Names stay and lines are short: a stack trace says where.
// With an argument it writes into that folder instead of dist: tests run the library as it is shipped.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { build } from 'esbuild';

/** An import for nothing but its side effects: esbuild keeps their order by these, we have none, and bundlers warn of them. */
const BARE_IMPORT = /\bimport"\.{1,2}\/[^"]*";/g;

const [outdir = 'dist'] = process.argv.slice(2);
const { exports, engines } = JSON.parse(await readFile('package.json', 'utf8'));
const entryPoints = Object.values(exports).map(({ types }) => types.replace('./dist/', 'src/').replace('.d.ts', '.ts'));
const PLAIN = 'src/index.ts';
const STATE = 'src/state/index.ts';
/** Those that take most of what it has. */
const ABOVE = ['src/testing/index.ts', 'src/resolver/index.ts'];

const HOW = {
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: `node${engines.node.replace('>=', '')}`,
  packages: 'external',
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  logLevel: 'warning',
};

const { metafile } = await build({
  ...HOW,
  entryPoints,
  outbase: 'src',
  splitting: true,
  chunkNames: 'chunks/[hash]',
  metafile: true,
});

// esbuild makes a chunk for each set of entries that share code. Those that the plain entry reads become four: what is of the state,
// which is pure, and what is not; of both, what the entries beside read as well, and what they do not.
const BESIDE = entryPoints.filter((entry) => ![PLAIN, STATE, ...ABOVE].includes(entry));
const [inPlain, inState, inBeside] = [chunksOf([PLAIN]), chunksOf([STATE]), chunksOf(BESIDE)];
const groupOf = (chunk) => `${inBeside.has(chunk) ? 'shared-' : ''}${inState.has(chunk) ? 'state' : 'plain'}`;
const joined = [];
for (const group of new Set([...inPlain].map(groupOf))) {
  const [chunks, others] = split([...inPlain], (chunk) => groupOf(chunk) === group);
  joined.push(await join(group, chunks, others));
}
for (const chunk of inPlain) await rm(chunk);
const files = Object.keys(metafile.outputs).filter((path) => !inPlain.has(path));
for (const path of [...files, ...joined]) await writeFile(path, pointed(await readFile(path, 'utf8')));

/** The chunks that some entries read. */
function chunksOf(entries) {
  const isEntry = ([, { entryPoint }]) => entries.includes(entryPoint);
  const found = new Set();
  const follow = ({ imports }) => {
    for (const { path, external } of imports) {
      if (external || found.has(path)) continue;
      found.add(path);
      follow(metafile.outputs[path]);
    }
  };
  for (const [, output] of Object.entries(metafile.outputs).filter(isEntry)) follow(output);
  return found;
}

/** Makes one chunk of several; two that export one name would be an error here. */
async function join(group, chunks, others) {
  const contents = chunks.map((chunk) => {
    const names = metafile.outputs[chunk].exports;
    return `export {${names}} from './${basename(chunk)}';`;
  });
  const outfile = `${outdir}/chunks/${group}.js`;
  const external = others.map((chunk) => `./${basename(chunk)}`);
  await build({
    ...HOW,
    outdir: undefined,
    outfile,
    external,
    stdin: { contents: contents.join('\n'), resolveDir: resolve(outdir, 'chunks') },
  });
  return outfile;
}

/** A file’s text, with what it imports where that is now. */
function pointed(text) {
  const moved = [...inPlain].reduce(
    (all, chunk) => all.replaceAll(`/${basename(chunk)}"`, `/${groupOf(chunk)}.js"`),
    text,
  );
  return moved.replace(BARE_IMPORT, '');
}

function split(items, isOne) {
  return [items.filter(isOne), items.filter((item) => !isOne(item))];
}
