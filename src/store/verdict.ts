import type { Clock } from '../common/clock.js';
import { canonicalText } from '../state/address/address.js';
import { FAILURE_KINDS, PHASES } from '../state/checks.js';
import { type Endpoint, type EndpointState, endpointKey, type FailureKind, type Phase } from '../state/model.js';
import type { Policy } from '../state/policy.js';
import { IDLE } from '../state/steps.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';

/** Of which endpoint something is stored, and when. */
export interface StoredPlace {
  /** The canonical IP address, with its scope id where there is one. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** What is spoken there: `dot`. */
  readonly transport: string;
  /** Our own address, where the host names one. */
  readonly localAddress?: string | undefined;
  /** When this was written, in milliseconds since 1970, UTC; all times below count from then. */
  readonly savedAt: number;
  /** The zone it was last asked for; only where the operator wants names stored. */
  readonly zone?: string | undefined;
  /** The name server name that led to it; only where the operator wants names stored. */
  readonly nameserver?: string | undefined;
}

/** It speaks DoT. */
export interface StoredGood extends StoredPlace {
  /** Which of the four this is. */
  readonly verdict: 'good';
  /** How long that is trusted, in milliseconds. */
  readonly leftMs: number;
  /** When it is to be proven anew, in milliseconds. */
  readonly refreshMs: number;
  /** For how long it has been so, in milliseconds. */
  readonly heldMs: number;
  /** How often its Good times ended in demotion. */
  readonly level: number;
}

/** Its DoT failed. */
export interface StoredBad extends StoredPlace {
  /** Which of the four this is. */
  readonly verdict: 'bad';
  /** How long it is left alone, in milliseconds; negative where it may be tried again. */
  readonly leftMs: number;
  /** For how long it has been so, in milliseconds. */
  readonly heldMs: number;
  /** In which phase the latest attempt failed. */
  readonly phase: Phase;
  /** How. */
  readonly kind: FailureKind;
  /** Whether our own path was up meanwhile. */
  readonly controlled: boolean;
  /** Whether it was Good before. */
  readonly formerlyGood: boolean;
  /** How often it failed in a row. */
  readonly level: number;
}

/** It was Good until that expired or the network changed: its next contact probes at once. */
export interface StoredUnknown extends StoredPlace {
  /** Which of the four this is. */
  readonly verdict: 'unknown';
  /** How long that is remembered, in milliseconds. */
  readonly leftMs: number;
  /** How often its Good times ended in demotion. */
  readonly level: number;
}

/** Nothing is held of it any more. */
export interface StoredAbsent extends StoredPlace {
  /** Which of the four this is. */
  readonly verdict: 'absent';
}

/**
 * What is held of one endpoint, as it outlives the process: the verdict and its times, as what is left of them when it is
 * written. Never a probe in flight, strikes or hits; and of whom it was asked for only what the operator wants.
 */
export type StoredVerdict = StoredGood | StoredBad | StoredUnknown | StoredAbsent;

const TRANSPORT = /^[a-z0-9-]{1,16}$/;
const MAX_LEVEL = 24;
const MAX_NAME = 1_024;
/** No lifetime that any policy knows is longer, in milliseconds: a quarter of a year. */
const MAX_MS = 90 * 86_400_000;
/** The end of time as `Date` has it, in milliseconds since 1970. */
const MAX_WALL = 8.64e15;

/** Which endpoint. */
export function keyOfStored(place: StoredPlace): string {
  return endpointKey(place);
}

/** The endpoint itself. */
export function endpointOfStored({ address, port, transport, localAddress }: StoredPlace): Endpoint {
  const parts = { address, port, transport, localAddress };
  return { key: endpointKey(parts), ...parts };
}

/**
 * What is to be stored of an endpoint; which zone and name server it was asked for is in it, and is the store's to leave
 * out.
 *
 * @param endpoint - which
 * @param record - its row, where there is one
 * @param now - the monotonic time
 * @param wall - the time of day, in milliseconds since 1970
 */
export function toStored(
  { address, port, transport, localAddress }: Endpoint,
  record: EndpointRecord | undefined,
  now: number,
  wall: number,
): StoredVerdict {
  const place = { address, port, transport, localAddress, savedAt: Math.round(wall) };
  const named = record === undefined ? place : { ...place, zone: record.zone, nameserver: record.nameserver };
  const state = record?.state;
  if (state === undefined || (state.verdict === 'unknown' && !state.formerlyGood))
    return { ...place, verdict: 'absent' };
  const ms = (at: number) => Math.round(at - now);
  const { level } = state;
  if (state.verdict === 'unknown') return { ...named, verdict: 'unknown', leftMs: ms(state.keepUntil), level };
  const heldMs = Math.min(MAX_MS, Math.max(0, -ms(state.since)));
  if (state.verdict === 'good') {
    const refreshMs = ms(state.refreshAt);
    return { ...named, verdict: 'good', leftMs: ms(state.until), refreshMs, heldMs, level };
  }
  const { phase, kind, controlled, formerlyGood } = state;
  return { ...named, verdict: 'bad', leftMs: ms(state.retryAt), heldMs, phase, kind, controlled, formerlyGood, level };
}

/**
 * All that is worth storing, made one by one.
 *
 * @param records - the rows
 * @param clock - tells the time
 */
export function* storedOf(records: Iterable<EndpointRecord>, clock: Clock): IterableIterator<StoredVerdict> {
  for (const record of records) {
    const stored = toStored(record.endpoint, record, clock.now(), clock.wall());
    if (stored.verdict !== 'absent') yield stored;
  }
}

/** The same without the names that it was asked for, which would tell where users went. */
export function nameless(verdict: StoredVerdict): StoredVerdict {
  if (verdict.zone === undefined && verdict.nameserver === undefined) return verdict;
  return { ...verdict, zone: undefined, nameserver: undefined };
}

/** What an import has made of what it was given. */
export interface Imported {
  /** Verdicts that were taken in. */
  readonly taken: number;
  /** What was none, or of an address where we never connect, or told nothing that we could use. */
  readonly skipped: number;
}

/** When it is now, and what may be made of the past. */
export interface Reading {
  /** The monotonic time. */
  readonly now: number;
  /** The time of day, in milliseconds since 1970. */
  readonly wall: number;
  /** Over how long what is due is spread. */
  readonly policy: Policy;
  /** In [0,1). */
  readonly draw: number;
}

/**
 * What a stored verdict means at this moment: what has passed since is taken off, and nothing is added where the clock
 * has gone back. A refresh that fell due meanwhile comes within `wakeSpreadMs`, so that a start is no burst.
 *
 * @param stored - well-formed
 * @param reading - when it is now
 * @returns `undefined` where nothing is held
 */
export function stateOfStored(stored: StoredVerdict, { now, wall, policy, draw }: Reading): EndpointState | undefined {
  if (stored.verdict === 'absent') return undefined;
  const written = now - Math.max(0, wall - stored.savedAt);
  const { leftMs, level } = stored;
  if (stored.verdict === 'unknown') {
    const never = { hits: 0, windowStart: now, answered: false, formerlyGood: true } as const;
    return { verdict: 'unknown', since: now, probe: IDLE, ...never, level, keepUntil: written + leftMs };
  }
  const since = written - stored.heldMs;
  if (stored.verdict === 'good') {
    const due = written + stored.refreshMs;
    const refreshAt = due <= now ? now + draw * policy.wakeSpreadMs : due;
    const until = written + leftMs;
    return {
      verdict: 'good',
      since,
      probe: IDLE,
      until,
      refreshAt,
      lastSuccess: since,
      usedAt: since,
      strikes: [],
      level,
    };
  }
  const { phase, kind, controlled, formerlyGood } = stored;
  return {
    verdict: 'bad',
    since,
    probe: IDLE,
    retryAt: written + leftMs,
    phase,
    kind,
    controlled,
    formerlyGood,
    level,
  };
}

/**
 * Reads what may be a stored verdict: nothing of it is believed before it is looked at.
 *
 * @param value - anything
 * @returns the same in its canonical form and nothing else; `undefined` if it is none
 */
export function readStored(value: unknown): StoredVerdict | undefined {
  const one = Object(value) as Partial<Record<keyof StoredGood | keyof StoredBad, unknown>>;
  const { port, transport, savedAt, verdict, leftMs, heldMs, level, phase, kind, controlled, formerlyGood } = one;
  const address = canonicalOf(one.address);
  const localAddress = one.localAddress === undefined ? undefined : canonicalOf(one.localAddress);
  const isPlace =
    address !== undefined &&
    (localAddress === undefined) === (one.localAddress === undefined) &&
    isWhole(port, 65_535) &&
    port > 0 &&
    isWhole(savedAt, MAX_WALL) &&
    // A later version of us may speak what we do not know.
    typeof transport === 'string' &&
    TRANSPORT.test(transport);
  const { zone, nameserver } = one;
  if (!isPlace || !mayBeName(zone) || !mayBeName(nameserver)) return undefined;
  if (verdict === 'absent') return { address, port, transport, localAddress, savedAt, zone, nameserver, verdict };
  if (!isMs(leftMs) || !isWhole(level, MAX_LEVEL)) return undefined;
  // Members are named one by one: copying them by spreading takes ten times as long, and a file has a hundred thousand.
  if (verdict === 'unknown')
    return { address, port, transport, localAddress, savedAt, zone, nameserver, verdict, leftMs, level };
  if (!isMs(heldMs) || heldMs < 0) return undefined;
  if (verdict === 'good') {
    const { refreshMs } = one;
    if (!isMs(refreshMs)) return undefined;
    return {
      address,
      port,
      transport,
      localAddress,
      savedAt,
      zone,
      nameserver,
      verdict,
      leftMs,
      refreshMs,
      heldMs,
      level,
    };
  }
  if (verdict !== 'bad' || typeof controlled !== 'boolean' || typeof formerlyGood !== 'boolean') return undefined;
  if (!PHASES.includes(phase as Phase) || !FAILURE_KINDS.includes(kind as FailureKind)) return undefined;
  return {
    address,
    port,
    transport,
    localAddress,
    savedAt,
    zone,
    nameserver,
    verdict,
    leftMs,
    heldMs,
    phase: phase as Phase,
    kind: kind as FailureKind,
    controlled,
    formerlyGood,
    level,
  };
}

function mayBeName(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= MAX_NAME);
}

function canonicalOf(text: unknown): string | undefined {
  return typeof text === 'string' ? canonicalText(text) : undefined;
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function isMs(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_MS;
}

/**
 * How much longer a verdict is worth anything to others, in milliseconds; 0 for what is none: what is forgotten, unknown or
 * over each finds out by itself.
 *
 * @param verdict - as it was when it was saved
 * @param wall - now, on our wall clock
 */
export function worthMs(verdict: StoredVerdict, wall: number): number {
  if (verdict.verdict !== 'good' && verdict.verdict !== 'bad') return 0;
  return Math.max(0, Math.floor(verdict.leftMs - Math.max(0, wall - verdict.savedAt)));
}
