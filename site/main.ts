// npm run site. See arguments.ts.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError } from '../tools/arguments.js';
import { readArguments, USAGE } from './arguments.js';
import { showInBrowser } from './browser.js';
import { buildSite } from './build.js';
import { serveSite } from './serve.js';

const OUT = 'public';
const USAGE_ERROR = 2;
const FAILURE = 1;

try {
  const { help, open, port } = readArguments(process.argv.slice(2));
  if (help) process.stdout.write(USAGE);
  else {
    await buildSite(OUT);
    process.stdout.write(`${OUT}/index.html: ${sizeOf(OUT)}\n`);
    if (open) await serve(port);
  }
} catch (error) {
  const isUsage = error instanceof ArgumentError;
  process.stderr.write(`site: ${error instanceof Error ? error.message : String(error)}\n`);
  if (isUsage) process.stderr.write(`\n${USAGE}`);
  process.exitCode = isUsage ? USAGE_ERROR : FAILURE;
}

async function serve(port: number): Promise<void> {
  const { url } = await serveSite(OUT, port);
  process.stdout.write(`${url}  (Ctrl-C ends it)\n`);
  showInBrowser(url);
}

function sizeOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return `${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`;
}
