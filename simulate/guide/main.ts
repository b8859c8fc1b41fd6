// npm run guide: the figures of docs/policies.md, from lives of its own or those that npm run simulate has written.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, readOptions } from '../../tools/arguments.js';
import type { Run } from '../run.js';
import { blockOf, type Versions } from './block.js';
import { withBlock } from './document.js';
import { figuresOf } from './figures.js';
import { liveAll } from './lives.js';
import { GUIDE_FLEETS, type GuideFleet } from './settings.js';
import { readRuns } from './written.js';

const USAGE = `Usage: npm run guide [-- options]

Writes the tables and plots of docs/policies.md. Simulates all of it, which takes some ten minutes.

  --only FLEETS    these alone, with commas between: ${GUIDE_FLEETS.join(', ')}
  --from FOLDER    takes FLEET.json and FLEET.csv, which npm run simulate -- --json --csv has written, instead
  --help           prints this
`;
const USAGE_ERROR = 2;
const FAILURE = 1;
const DOCUMENT = 'docs/policies.md';
const FIGURES = 'docs/policies';

try {
  const { only, from, help } = readOptions(process.argv.slice(2), {
    only: { type: 'string' },
    from: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (help) process.stdout.write(USAGE);
  else await write(fleetsOf(only), from);
} catch (error) {
  const isUsage = error instanceof ArgumentError;
  process.stderr.write(`guide: ${error instanceof Error ? error.message : String(error)}\n`);
  if (isUsage) process.stderr.write(`\n${USAGE}`);
  process.exitCode = isUsage ? USAGE_ERROR : FAILURE;
}

function fleetsOf(only: string | undefined): readonly GuideFleet[] {
  if (only === undefined) return GUIDE_FLEETS;
  return only.split(',').map((name) => {
    const fleet = GUIDE_FLEETS.find((one) => one === name.trim());
    if (fleet === undefined) throw new ArgumentError(`--only has '${name}': expected ${GUIDE_FLEETS.join(', ')}`);
    return fleet;
  });
}

async function write(fleets: readonly GuideFleet[], from: string | undefined): Promise<void> {
  // Markers that are missing are to be known before ten minutes have gone into what belongs between them.
  for (const fleet of fleets) withBlock(readFileSync(DOCUMENT, 'utf8'), fleet, '');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
  const versions: Versions = { dotscout: version, node: process.version };
  mkdirSync(FIGURES, { recursive: true });
  for (const fleet of fleets) {
    writeFleet(fleet, from === undefined ? await liveAll(fleet, process.stderr) : readRuns(from, fleet), versions);
  }
}

/** The document is read anew, as somebody may have written in it meanwhile. */
function writeFleet(fleet: string, runs: readonly Run[], versions: Versions): void {
  writeFileSync(DOCUMENT, withBlock(readFileSync(DOCUMENT, 'utf8'), fleet, blockOf(runs, versions)));
  for (const { name, svg } of figuresOf(runs)) writeFileSync(join(FIGURES, name), svg);
}
