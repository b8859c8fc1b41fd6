import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StoreHost } from '../../src/store/store.js';
import type { StoredBad, StoredGood, StoredVerdict } from '../../src/store/verdict.js';
import { VirtualClock } from '../../src/testing/index.js';

/** A directory for this test, and a file's name in it. */
export async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-store-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'verdicts.jsonl');
}

/** What stands in for a selector: what it holds, and what it was told. */
export class Host implements StoreHost {
  readonly clock: VirtualClock = new VirtualClock();
  readonly held: Map<string, StoredVerdict> = new Map();
  readonly hints: StoredVerdict[] = [];
  readonly told: string[] = [];

  verdicts(): Iterable<StoredVerdict> {
    return this.held.values();
  }

  hint(verdict: StoredVerdict): void {
    this.hints.push(verdict);
  }

  tell(code: string): void {
    this.told.push(code);
  }

  /** Holds it, as a selector does that appends it. */
  hold<V extends StoredVerdict>(verdict: V): V {
    if (verdict.verdict === 'absent') this.held.delete(verdict.address);
    else this.held.set(verdict.address, verdict);
    return verdict;
  }
}

const DAY = 86_400_000;

export function goodOf(address: string, more: Partial<StoredGood> = {}): StoredGood {
  const place = { address, port: 853, transport: 'dot', savedAt: Date.UTC(2026, 0, 1) };
  return { ...place, verdict: 'good', leftMs: 3 * DAY, refreshMs: 2 * DAY, heldMs: 0, level: 0, ...more };
}

export function badOf(address: string, more: Partial<StoredBad> = {}): StoredBad {
  const place = { address, port: 853, transport: 'dot', savedAt: Date.UTC(2026, 0, 1) };
  const failed = { phase: 'connect', kind: 'refused', controlled: true, formerlyGood: false } as const;
  return { ...place, verdict: 'bad', leftMs: DAY, heldMs: 0, ...failed, level: 0, ...more };
}
