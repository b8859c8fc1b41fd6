import { nameless, readStored, type StoredPlace, type StoredVerdict, worthMs } from '../verdict.js';

/** The longest value or message that we read, in characters; ours have some 300. */
export const MAX_VALUE = 4_096;

/** A verdict as it stands in the engine and is published. */
export interface Value {
  /** The text, JSON. */
  readonly text: string;
  /** For how long it stays there, in milliseconds. */
  readonly lifeMs: number;
}

/**
 * Whether a verdict is of use to other hosts: not where the endpoint is reached from a local address, or over an interface,
 * of this host.
 */
export function concernsOthers({ address, localAddress }: Pick<StoredPlace, 'address' | 'localAddress'>): boolean {
  return localAddress === undefined && !address.includes('%');
}

/**
 * Whether a verdict holds of the member that found it alone: an alert in the handshake says that its TLS and the server's have no
 * version, group or signature in common, and another release of Node may have. It is told as what that member holds, and each
 * tries by itself.
 */
export function isOfOneMember(verdict: StoredVerdict): boolean {
  return verdict.verdict === 'bad' && verdict.phase === 'handshake' && verdict.kind === 'alert';
}

/**
 * Writes a verdict.
 *
 * @param verdict - what is to be told
 * @param by - our id
 * @param wall - now, on our wall clock
 * @returns `undefined` for what is worth nothing to others
 */
export function writeValue(verdict: StoredVerdict, by: string, wall: number): Value | undefined {
  const lifeMs = worthMs(verdict, wall);
  if (lifeMs === 0 || !concernsOthers(verdict)) return undefined;
  const { savedAt, ...rest } = nameless(verdict);
  // Ages, not times, because the clocks of a fleet differ.
  const text = JSON.stringify({ by, lifeMs, ageMs: Math.max(0, wall - savedAt), ...rest });
  return text.length <= MAX_VALUE ? { text, lifeMs } : undefined;
}

/** A verdict that was read, and the member that wrote it. */
export interface Read {
  readonly by: string;
  readonly verdict: StoredVerdict;
}

/**
 * Reads a verdict; anyone may have written it, so that every member is checked.
 *
 * @param text - as it came
 * @param wall - now, on our wall clock
 * @param leftMs - how much longer the engine keeps it, in milliseconds; absent for what was told just now
 * @returns `undefined` for rubbish
 */
export function readValue(text: string, wall: number, leftMs?: number): Read | undefined {
  if (text.length > MAX_VALUE) return undefined;
  try {
    const { by, lifeMs, ageMs, ...rest } = Object(JSON.parse(text)) as Record<string, unknown>;
    if (typeof by !== 'string' || !isDuration(lifeMs) || !isDuration(ageMs)) return undefined;
    const stoodMs = leftMs === undefined ? 0 : Math.max(0, lifeMs - leftMs);
    const verdict = readStored({ ...rest, savedAt: Math.round(wall - ageMs - stoodMs) });
    return verdict === undefined || !concernsOthers(verdict) ? undefined : { by, verdict: nameless(verdict) };
  } catch {
    return undefined;
  }
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.MAX_SAFE_INTEGER;
}
