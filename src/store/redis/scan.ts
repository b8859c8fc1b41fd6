import type { Clock } from '../../common/clock.js';
import type { Engine } from './engine.js';
import type { Keys } from './keys.js';
import { MAX_VALUE, type Read, readValue } from './value.js';

/** How many keys the engine looks at for a page. */
const PAGE = 200;
/** Of a page that an engine sends longer than that, the rest is not read. */
const MAX_PAGE = 1_000;
/** So many pages at most: what is not found by then each finds out by itself. */
const MAX_PAGES = 20_000;
/** Between two pages, in milliseconds. */
const PACE_MS = 5;

/** What a scan needs. */
export interface ScanDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly keys: Keys;
  /** A verdict that stands in the engine. */
  found(read: Read): void;
  /** Something that stands in a verdict's place and is none. */
  rubbish(): void;
  /** Whether to go on. */
  isWanted(): boolean;
}

/**
 * Reads what stands in the engine for one vantage, page by page, so that neither it nor we stand still over it. Rejects
 * where the engine is lost.
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
  // A value may be of any length, and only we are to pay for reading it.
  const replies = await engine.run(
    found.flatMap((key) => [
      ['GETRANGE', key, '0', String(MAX_VALUE)],
      ['PTTL', key],
    ]),
  );
  const wall = clock.wall();
  for (const [i, key] of found.entries()) {
    const [text, leftMs] = [replies[2 * i], replies[2 * i + 1]];
    // Gone since the page was made.
    if (leftMs === -2 || !isWanted()) continue;
    const isTimed = typeof leftMs === 'number' && leftMs >= 0;
    const read = isTimed && !(text instanceof Error) ? readValue(String(text), wall, leftMs) : undefined;
    if (read === undefined || keys.verdict(read.verdict) !== key) deps.rubbish();
    else deps.found(read);
  }
}
