import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gatherDocuments } from './documents.js';
import { generate } from './generate.js';

/** Not compiled: it stands beside what it bundles. */
const BUNDLER = 'site/playground/bundle.mjs';

/**
 * Builds the site: guides and reference, and the playground in a folder of its own.
 *
 * @param out - the folder; what is in it is removed
 * @throws rejects with `GeneratorError`, or with what the bundler throws
 */
export async function buildSite(out: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dotscout-site-'));
  try {
    await generate(gatherDocuments(folder), out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { bundlePlayground } = await loadBundler();
  await bundlePlayground(join(out, 'playground'));
}

function loadBundler(): Promise<typeof import('./playground/bundle.mjs')> {
  return import(pathToFileURL(resolve(BUNDLER)).href);
}
