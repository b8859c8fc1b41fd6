import type { Clock } from '../../common/clock.js';
import type { Engine } from './engine.js';
import type { Keys } from './keys.js';
import { MAX_VALUE, type Read, readValue } from './value.js';

/** How many keys the engine looks at for each page. */
const PAGE = 200;
/** Keys of one page that are read; an engine may send more. */
const MAX_PAGE = 1_000;
/** Pages at most; each member finds out by itself what was not found by then. */
const MAX_PAGES = 20_000;
/** Between two pages, in milliseconds. */
const PACE_MS = 5;

/** What a scan needs. */
export interface ScanDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly keys: Keys;
  /** Gets a verdict that stands in the engine. */
  found(read: Read): void;
  /** Is told of a value in a verdict's place that is none. */
  rubbish(): void;
  /** Says whether to go on. */
  isWanted(): boolean;
}

/**
 * Reads the verdicts of one vantage from the engine, page by page, so that neither the engine nor our loop stands still.
 * Rejects where the engine is lost.
 */
export async function scan(deps: ScanDeps): Promise<void> {
  const { engine, clock, keys, isWanted } = deps;
  let cursor = '0';
  for (let page = 0; page < MAX_PAGES && isWanted(); page++) {
    const [reply] = await engine.run([['SCAN', cursor, 'MATCH', keys.pattern, 'COUNT', String(PAGE)]]);
    if (reply instanceof Error) throw reply;
    const [next, found] = Array.isArray(reply) ? reply : [];
    if (Array.isArray(found) && found.length > 0) await readPage(deps, found.slice(0, MAX_PAGE).map(String));
    cursor = /^\d{1,20}$/.test(String(next)) ? String(next) : '0';
    if (cursor === '0') return;
    await new Promise<void>((resolve) => void clock.after(PACE_MS, resolve));
  }
}

async function readPage(deps: ScanDeps, found: readonly string[]): Promise<void> {
  const { engine, clock, keys, isWanted } = deps;
  // A value may be of any length: only its beginning is read.
  const replies = await engine.run(
    found.flatMap((key) => [
      ['GETRANGE', key, '0', String(MAX_VALUE)],
      ['PTTL', key],
    ]),
  );
  const wall = clock.wall();
  for (const [i, key] of found.entries()) {
    const [text, leftMs] = [replies[2 * i], replies[2 * i + 1]];
    // The key has gone since the page was made.
    if (leftMs === -2 || !isWanted()) continue;
    const isTimed = typeof leftMs === 'number' && leftMs >= 0;
    const read = isTimed && !(text instanceof Error) ? readValue(String(text), wall, leftMs) : undefined;
    if (read === undefined || keys.verdict(read.verdict) !== key) deps.rubbish();
    else deps.found(read);
  }
}
