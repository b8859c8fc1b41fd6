// The playground: a page, one script and one style sheet. The library's own source is in the script, for the browser: what it takes
// from Node is replaced by stand-ins/, and the three parts that open sockets by what cannot be made, as nothing leaves the page.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;
const root = join(here, '../..');

/** Modules of Node that the library loads outside its transports. */
const OF_NODE = /^node:(crypto|diagnostics_channel|net|os|util)$/;
/** What opens sockets: made by a selector only where its host gives no exchange and no prober of its own. */
const OF_SOCKETS = /(transport\/do53\/exchange|transport\/dot\/exchange|probe\/dot-prober)\.js$/;

/** @type {import('esbuild').Plugin} */
const standIns = {
  name: 'for-browsers',
  setup({ onResolve }) {
    onResolve({ filter: OF_NODE }, () => ({ path: join(here, 'stand-ins/node.ts') }));
    onResolve({ filter: OF_SOCKETS }, ({ importer }) =>
      importer.startsWith(join(root, 'src')) ? { path: join(here, 'stand-ins/sockets.ts') } : undefined,
    );
  },
};

/** What has a bundle of the library's source run in a browser. */
export const forBrowsers = {
  absWorkingDir: root,
  inject: [join(here, 'stand-ins/globals.ts')],
  platform: 'browser',
  tsconfig: join(root, 'tsconfig.site.json'),
  plugins: [standIns],
};

/**
 * Writes the playground's `index.html`, `playground.js` and `playground.css`. They need no server: a browser opens the file as it is.
 *
 * @param {string} out - the folder, which is made if it is not there
 * @returns {Promise<void>}
 */
export async function bundlePlayground(out) {
  await mkdir(out, { recursive: true });
  await build({
    ...forBrowsers,
    entryPoints: [
      { in: join(here, 'main.ts'), out: 'playground' },
      { in: join(here, 'style.css'), out: 'playground' },
    ],
    outdir: out,
    bundle: true,
    // A module would not be loaded from a file.
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  await copyFile(join(here, 'index.html'), join(out, 'index.html'));
}
