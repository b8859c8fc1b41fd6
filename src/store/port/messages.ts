import { canonicalText } from '../../state/address.js';
import { type Endpoint, endpointKey } from '../../state/model.js';
import { readVerdict } from '../read-verdict.js';
import type { StoredVerdict } from '../store.js';

/** Marks our messages among a host's own, and says which version they are of. */
const VERSION = 1;
/** More in one batch is not ours. */
export const MAX_BATCH = 1_000;
const MAX_TEXT = 200;

/** The first word, and the first after a network change: who we are, and on which network. */
export interface Hello {
  readonly type: 'hello';
  /** One life of one end of a channel. */
  readonly id: string;
  /** The network's name; `null` where it has none. */
  readonly vantage: string | null;
  /** Whether it answers a hello, and wants no answer. */
  readonly isAnswer: boolean;
}

/** What is new, and what its sender would like to have probed. The next batch waits until this one was received. */
export interface Batch {
  readonly type: 'batch';
  readonly number: number;
  /** As in {@link Hello}: what is true of another network is not read. */
  readonly vantage: string | null;
  readonly verdicts: readonly StoredVerdict[];
  readonly wishes: readonly Endpoint[];
  /** All that was known at the beginning has been sent. */
  readonly isWhole: boolean;
}

/** A batch was received. */
export interface Got {
  readonly type: 'got';
  readonly number: number;
}

/** There is no selector at this end any more. */
export interface Bye {
  readonly type: 'bye';
}

/** All that the two ends say to each other. */
export type Message = Hello | Batch | Got | Bye;

/** A message as it goes through a channel: of plain data, which both structured clones and JSON carry. */
export function sealed(message: Message): object {
  return { dotscout: VERSION, ...message };
}

/**
 * Reads what came through a channel.
 *
 * @param value - anything: the host's own messages come this way as well
 * @returns `undefined` for what is no message of ours
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

/** Of its parts those that are sound. */
function readBatch({ number, vantage, verdicts, wishes, isWhole }: Record<string, unknown>): Batch | undefined {
  if (!isCount(number) || !isVantage(vantage) || typeof isWhole !== 'boolean') return undefined;
  if (!isList(verdicts) || !isList(wishes)) return undefined;
  return {
    ...({ type: 'batch', number, vantage, isWhole } as const),
    verdicts: verdicts.map(readVerdict).filter((verdict) => verdict !== undefined),
    wishes: wishes.map(readEndpoint).filter((endpoint) => endpoint !== undefined),
  };
}

function readEndpoint(value: unknown): Endpoint | undefined {
  const { address, port, transport, localAddress } = Object(value) as Record<string, unknown>;
  if (!isAddress(address) || !isCount(port) || port < 1 || port > 65_535 || transport !== 'dot') return undefined;
  if (localAddress !== undefined && !isAddress(localAddress)) return undefined;
  const place = { address, port, transport, localAddress };
  return { key: endpointKey(place), ...place };
}

/** Only the canonical spelling of an address is one. */
function isAddress(value: unknown): value is string {
  return isText(value) && canonicalText(value) === value;
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

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
