import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { type Endpoint, endpointKey } from '../../src/state/index.js';
import type { ProbeWish, StoreCode, StoreHost } from '../../src/store/store.js';
import { keyOfStored, type StoredBad, type StoredGood, type StoredVerdict } from '../../src/store/verdict.js';
import { VirtualClock } from '../../src/testing/index.js';

/** A directory for this test, and a file's name in it. */
export async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-store-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'verdicts.jsonl');
}

/** What stands in for a selector: what it holds, and what it was told. */
export class Host implements StoreHost {
  readonly clock: VirtualClock;
  readonly held: Map<string, StoredVerdict> = new Map();
  readonly hints: StoredVerdict[] = [];
  readonly told: string[] = [];

  constructor(clock: VirtualClock = new VirtualClock()) {
    this.clock = clock;
  }

  verdicts(): Iterable<StoredVerdict> {
    return this.held.values();
  }

  verdict(endpoint: Endpoint): StoredVerdict {
    const { address, port, transport } = endpoint;
    const absent = { address, port, transport, savedAt: this.clock.wall(), verdict: 'absent' } as const;
    return this.held.get(address) ?? absent;
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

/** A selector's stand-in on the system's clock, beside real engines: the latest hint of each endpoint, and what it was told. */
export interface LiveHost extends StoreHost {
  readonly hints: Map<string, StoredVerdict>;
  readonly told: StoreCode[];
  readonly details: string[];
}

export function liveHost(): LiveHost {
  const hints = new Map<string, StoredVerdict>();
  const [told, details]: [StoreCode[], string[]] = [[], []];
  return {
    ...{ clock: systemClock, hints, told, details },
    verdicts: () => [],
    verdict: ({ address, port, transport }) => ({ address, port, transport, savedAt: Date.now(), verdict: 'absent' }),
    hint: (verdict) => void hints.set(keyOfStored(verdict), verdict),
    tell(code, detail) {
      told.push(code);
      details.push(detail);
    },
  };
}

/** A probe of DoT at an address, as a selector asks for its lease. */
export function wishFor(address: string, localAddress?: string): ProbeWish {
  const place = { address, port: 853, transport: 'dot', localAddress };
  return { endpoint: { key: endpointKey(place), ...place }, clear: undefined, zone: 'example.org.' };
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
