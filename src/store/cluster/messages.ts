import { canonicalText } from '../../state/address/address.js';
import type { ProbeWish } from '../store.js';
import { readStored, type StoredVerdict } from '../verdict.js';

/** Marks our messages among a host's own, with their version. */
const VERSION = 1;
/** The most in one batch; a longer one is not ours. */
const MAX_BATCH = 1_000;
const MAX_TEXT = 1_024;

/** A server that a member would probe. */
export interface Wish {
  /** Its address. */
  readonly address: string;
  /** Its DoT port. */
  readonly dotPort: number;
  /** Its Do53 port; 0 where none is known. */
  readonly port: number;
  /** The zone whose apex is asked for. */
  readonly zone: string;
}

/** The first message, also on another network: who we are, and where. */
export interface Hello {
  readonly type: 'hello';
  /** Names one end of a channel, until it is closed. */
  readonly id: string;
  /** The network's name; `null` where it has none. */
  readonly vantage: string | null;
  /** Whether it answers a hello, and needs no answer. */
  readonly isAnswer: boolean;
}

/** Changes, and the probes that the sender would make. The next batch waits until this one was received. */
export interface Batch {
  readonly type: 'batch';
  readonly number: number;
  /** As in {@link Hello}: verdicts of another network are not read. */
  readonly vantage: string | null;
  readonly verdicts: readonly StoredVerdict[];
  readonly wishes: readonly Wish[];
  /** Whether all that was known at the beginning has been sent. */
  readonly isWhole: boolean;
}

/** All messages between the two ends of a channel: also that a batch was received (`got`), and goodbye. */
export type Message = Hello | Batch | { readonly type: 'got'; readonly number: number } | { readonly type: 'bye' };

/** A message as it goes through a channel: plain data, which both structured clones and JSON carry. */
export function sealed(message: Message): object {
  return { dotscout: VERSION, ...message };
}

/**
 * The message for a probe that a member would make.
 *
 * @param wish - the probe
 */
export function wishOf({ endpoint, clear, zone }: ProbeWish): Wish {
  return { address: endpoint.address, dotPort: endpoint.port, port: clear?.port ?? 0, zone };
}

/**
 * Reads a message that came through a channel.
 *
 * @param value - anything: the host's own messages come this way as well
 * @returns `undefined` where it is not ours
 */
export function readMessage(value: unknown): Message | undefined {
  try {
    const { dotscout, type, ...rest } = Object(value) as Record<string, unknown>;
    if (dotscout !== VERSION) return undefined;
    if (type === 'hello') return readHello(rest);
    if (type === 'batch') return readBatch(rest);
    if (type === 'got') return isCount(rest.number) ? { type, number: rest.number } : undefined;
    return type === 'bye' ? { type } : undefined;
  } catch {
    return undefined;
  }
}

function readHello({ id, vantage, isAnswer }: Record<string, unknown>): Hello | undefined {
  if (!isText(id) || !isVantage(vantage) || typeof isAnswer !== 'boolean') return undefined;
  return { type: 'hello', id, vantage, isAnswer };
}

/** A batch with those of its parts that are sound. */
function readBatch({ number, vantage, verdicts, wishes, isWhole }: Record<string, unknown>): Batch | undefined {
  if (!isCount(number) || !isVantage(vantage) || typeof isWhole !== 'boolean') return undefined;
  if (!isList(verdicts) || !isList(wishes)) return undefined;
  return {
    type: 'batch',
    number,
    vantage,
    isWhole,
    verdicts: verdicts.map(readStored).filter((verdict) => verdict !== undefined),
    wishes: wishes.map(readWish).filter((wish) => wish !== undefined),
  };
}

function readWish(value: unknown): Wish | undefined {
  const { address, dotPort, port, zone } = Object(value) as Record<string, unknown>;
  if (!isText(address) || canonicalText(address) !== address || !isText(zone)) return undefined;
  return isPort(dotPort) && dotPort > 0 && isPort(port) ? { address, dotPort, port, zone } : undefined;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length <= MAX_BATCH;
}

function isVantage(value: unknown): value is string | null {
  return value === null || isText(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isPort(value: unknown): value is number {
  return isCount(value) && value <= 65_535;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
