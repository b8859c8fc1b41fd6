import type { Clock } from '../common/clock.js';
import { canonicalText } from '../state/address/address.js';
import { FAILURE_KINDS, PHASES } from '../state/checks.js';
import { type Endpoint, type EndpointState, endpointKey, type FailureKind, type Phase } from '../state/model.js';
import type { Policy } from '../state/policy.js';
import { IDLE } from '../state/steps.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';

/** The endpoint of a stored verdict, and when it was written. */
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
  /** The zone that it was last asked about; only where the operator wants names stored. */
  readonly zone?: string | undefined;
  /** The name server name that led to it; only where the operator wants names stored. */
  readonly nameserver?: string | undefined;
}

/** The endpoint speaks DoT. */
export interface StoredGood extends StoredPlace {
  /** Which of the four this is. */
  readonly verdict: 'good';
  /** How much longer that is trusted, in milliseconds. */
  readonly leftMs: number;
  /** In how many milliseconds it is to be proven anew. */
  readonly refreshMs: number;
  /** For how long it has been so, in milliseconds. */
  readonly heldMs: number;
  /** How often its Good times ended in demotion. */
  readonly level: number;
}

/** The endpoint's DoT failed. */
export interface StoredBad extends StoredPlace {
  /** Which of the four this is. */
  readonly verdict: 'bad';
  /** How much longer it is left alone, in milliseconds; negative where it may be tried again. */
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

/** The endpoint was Good until that expired or the network changed: its next contact probes at once. */
export interface StoredUnknown extends StoredPlace {
  /** Which of the four this is. */
  readonly verdict: 'unknown';
  /** How much longer that is remembered, in milliseconds. */
  readonly leftMs: number;
  /** How often its Good times ended in demotion. */
  readonly level: number;
}

/** The endpoint is forgotten. */
export interface StoredAbsent extends StoredPlace {
  /** Which of the four this is. */
  readonly verdict: 'absent';
}

/**
 * The state of one endpoint in the form that outlives the process: the verdict, and how much of its times was left when it
 * was written. It never holds a probe in flight, strikes or hits, and names only where the operator wants them.
 */
export type StoredVerdict = StoredGood | StoredBad | StoredUnknown | StoredAbsent;

/** Verdicts as {@link readStored} gave them, so that whoever takes them in need not read each once more. */
export class ReadVerdicts extends Array<StoredVerdict> {
  /** What a host makes of them by `map` or `filter` nobody has read. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

const TRANSPORT = /^[a-z0-9-]{1,16}$/;
const MAX_LEVEL = 24;
const MAX_NAME = 1_024;
/** The longest lifetime that a policy can have, in milliseconds: a quarter of a year. */
const MAX_MS = 90 * 86_400_000;
/** The last moment that `Date` knows, in milliseconds since 1970. */
const MAX_WALL = 8.64e15;

/** The key of a stored verdict's endpoint. */
export function keyOfStored(place: StoredPlace): string {
  return endpointKey(place);
}

/** The endpoint of a stored verdict. */
export function endpointOfStored({ address, port, transport, localAddress }: StoredPlace): Endpoint {
  return { key: endpointKey({ address, port, transport, localAddress }), address, port, transport, localAddress };
}

/**
 * The verdict of an endpoint as it is stored, with its zone and name server; the store leaves names out where the operator
 * does not want them.
 *
 * @param endpoint - which
 * @param record - its row, where there is one
 * @param time - now
 */
export function toStored(
  { address, port, transport, localAddress }: Endpoint,
  record: EndpointRecord | undefined,
  { now, wall }: Moment,
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
 * All verdicts that are worth storing, made one by one.
 *
 * @param records - the rows
 * @param clock - tells the time
 */
export function* storedOf(records: Iterable<EndpointRecord>, clock: Clock): IterableIterator<StoredVerdict> {
  for (const record of records) {
    const stored = toStored(record.endpoint, record, momentOf(clock));
    if (stored.verdict !== 'absent') yield stored;
  }
}

/** The verdict without its names, which would tell where users went. */
export function nameless(verdict: StoredVerdict): StoredVerdict {
  if (verdict.zone === undefined && verdict.nameserver === undefined) return verdict;
  return { ...verdict, zone: undefined, nameserver: undefined };
}

/** How many verdicts an import has taken in. */
export interface Imported {
  /** Verdicts that were taken in. */
  readonly taken: number;
  /** Values that were no verdicts, or of an address where we never connect, or of no use to us. */
  readonly skipped: number;
}

/** One moment on both clocks. */
export interface Moment {
  /** The monotonic time. */
  readonly now: number;
  /** The time of day, in milliseconds since 1970. */
  readonly wall: number;
}

/** The present one. */
export function momentOf(clock: Clock): Moment {
  return { now: clock.now(), wall: clock.wall() };
}

/** The present moment, and the policy by which past times are read. */
export interface Reading extends Moment {
  /** Its `wakeSpreadMs` is the time over which due refreshes are spread. */
  readonly policy: Policy;
  /** In [0,1). */
  readonly draw: number;
}

/**
 * The state that a stored verdict means at this moment: the time since is taken off, and nothing is added where the clock
 * has gone back. A refresh that fell due meanwhile comes within `wakeSpreadMs`, so that a start makes no burst.
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
 * Reads a value that may be a stored verdict; every member is checked.
 *
 * @param value - anything
 * @returns the verdict in its canonical form and nothing else; `undefined` if the value is no verdict
 */
export function readStored(value: unknown): StoredVerdict | undefined {
  const one = Object(value) as Partial<Record<keyof StoredGood | keyof StoredBad, unknown>>;
  const { port, transport, savedAt, verdict, leftMs, heldMs, level, phase, kind, controlled, formerlyGood } = one;
  const address = canonicalText(one.address);
  const localAddress = canonicalText(one.localAddress);
  const isPlace =
    address !== undefined &&
    (localAddress === undefined) === (one.localAddress === undefined) &&
    isWhole(port, 65_535) &&
    port > 0 &&
    isWhole(savedAt, MAX_WALL) &&
    // A later version of ours may know transports that we do not.
    typeof transport === 'string' &&
    TRANSPORT.test(transport);
  const { zone, nameserver } = one;
  if (!isPlace || !mayBeName(zone) || !mayBeName(nameserver)) return undefined;
  if (verdict === 'absent') return { address, port, transport, localAddress, savedAt, zone, nameserver, verdict };
  if (!isMs(leftMs) || !isWhole(level, MAX_LEVEL)) return undefined;
  // Members are named one by one: a spread takes ten times as long, and a file has a hundred thousand verdicts.
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

function isWhole(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function isMs(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_MS;
}

/**
 * How much longer a verdict is worth anything to others, in milliseconds; 0 for one that is absent, unknown or over, which
 * each member finds out by itself.
 *
 * @param verdict - as it was when it was saved
 * @param wall - now, on our wall clock
 */
export function worthMs(verdict: StoredVerdict, wall: number): number {
  if (verdict.verdict !== 'good' && verdict.verdict !== 'bad') return 0;
  return Math.max(0, Math.floor(verdict.leftMs - Math.max(0, wall - verdict.savedAt)));
}
