import { canonicalText } from '../state/address.js';
import type { FailureKind, Phase, Transport } from '../state/model.js';
import { FAILURE_KINDS, PHASES } from '../state/wellformed.js';
import type { StoredState, StoredVerdict } from './store.js';

const MAX_ADDRESS = 128;
const MAX_NAME = 1_024;
const MAX_LEVEL = 64;
/** Longer than any policy believes anything, in milliseconds; what is longer is no lifetime. */
const MAX_MS = 10 * 365 * 86_400_000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a verdict field by field, whoever wrote it.
 *
 * @param value - a parsed record
 * @returns `undefined` unless all of it is sound; what is no part of a verdict is left out
 */
export function readVerdict(value: unknown): StoredVerdict | undefined {
  const { address, port, transport, localAddress, savedAt, state, zone, nameserver } = Object(value) as Fields;
  if (!isAddress(address) || !isPort(port) || transport !== 'dot' || !isTime(savedAt)) return undefined;
  if (localAddress !== undefined && !isAddress(localAddress)) return undefined;
  if (!mayBeName(zone) || !mayBeName(nameserver)) return undefined;
  const read = state === undefined || state === null ? undefined : readState(state as Fields);
  if (read === undefined && state !== undefined && state !== null) return undefined;
  return {
    ...{ address, port, transport: transport as Transport, savedAt, state: read },
    ...(localAddress !== undefined && { localAddress }),
    ...(zone !== undefined && { zone }),
    ...(nameserver !== undefined && { nameserver }),
  };
}

function readState(state: Fields): StoredState | undefined {
  const { verdict, level, leftMs, refreshInMs, heldMs, retryInMs, keepMs } = state;
  const { phase, kind, controlled, formerlyGood } = state;
  if (!isNumber(level, MAX_LEVEL)) return undefined;
  if (verdict === 'unknown') return isMs(keepMs) ? { verdict, keepMs, level } : undefined;
  if (!isMs(heldMs)) return undefined;
  if (verdict === 'good')
    return isMs(leftMs) && isMs(refreshInMs) ? { verdict, leftMs, refreshInMs, heldMs, level } : undefined;
  if (verdict !== 'bad' || !isMs(retryInMs) || !isPhase(phase) || !isKind(kind)) return undefined;
  if (typeof controlled !== 'boolean' || typeof formerlyGood !== 'boolean') return undefined;
  return { verdict, retryInMs, phase, kind, controlled, formerlyGood, level, heldMs };
}

/** Only the canonical spelling: two spellings would be two endpoints. */
function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ADDRESS && canonicalText(value) === value;
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

function mayBeName(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= MAX_NAME);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isMs(value: unknown): value is number {
  return isNumber(value, MAX_MS);
}

function isNumber(value: unknown, most: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= most;
}

function isPhase(value: unknown): value is Phase {
  return PHASES.includes(value as Phase);
}

function isKind(value: unknown): value is FailureKind {
  return FAILURE_KINDS.includes(value as FailureKind);
}
