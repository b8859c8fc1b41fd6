import { type Clock, systemClock } from '../../src/clock.js';
import { type Endpoint, endpointKey } from '../../src/state/model.js';
import type { StoreCode, StoredVerdict, StoreHost } from '../../src/store/store.js';

/** A selector as a store sees it: remembers what it was told. */
export interface FakeHost extends StoreHost {
  /** By endpoint, the latest hint. */
  readonly hints: Map<string, StoredVerdict>;
  /** Every code, in order. */
  readonly codes: StoreCode[];
  readonly details: string[];
  /** What the selector holds. */
  readonly held: Map<string, StoredVerdict>;
}

export function fakeHost(clock: Clock = systemClock): FakeHost {
  const [hints, held] = [new Map<string, StoredVerdict>(), new Map<string, StoredVerdict>()];
  const [codes, details]: [StoreCode[], string[]] = [[], []];
  return {
    ...{ clock, hints, held, codes, details },
    verdicts: () => held.values(),
    verdict: (endpoint) => held.get(endpoint.key),
    hint: (verdict) => void hints.set(endpointKey(verdict), verdict),
    tell(code, detail) {
      codes.push(code);
      details.push(detail);
    },
  };
}

/** A DoT endpoint. */
export function endpointOf(address: string, localAddress?: string): Endpoint {
  const place = { address, port: 853, transport: 'dot', localAddress } as const;
  return { key: endpointKey(place), ...place };
}

/** A Good verdict, new. */
export function good(address: string, more: Partial<StoredVerdict> = {}): StoredVerdict {
  const state = { verdict: 'good', leftMs: 259_200_000, refreshInMs: 200_000_000, heldMs: 0, level: 0 } as const;
  return { address, port: 853, transport: 'dot', savedAt: Date.now(), state, ...more };
}

/** A Bad verdict, new. */
export function bad(address: string, more: Partial<StoredVerdict> = {}): StoredVerdict {
  const state = {
    ...({ verdict: 'bad', retryInMs: 86_400_000, phase: 'connect', kind: 'refused' } as const),
    ...{ controlled: true, formerlyGood: false, level: 0, heldMs: 0 },
  };
  return { address, port: 853, transport: 'dot', savedAt: Date.now(), state, ...more };
}
