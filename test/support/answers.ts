import type { AnswerOptions, ScriptedAnswer, VirtualClock } from '../../src/testing/index.js';
import { answerTo, parseQuery } from '../../src/testing/index.js';

/** A script's answer that comes after a time, whoever still waits. */
export function delayed(clock: VirtualClock, ms: number, options: AnswerOptions = {}): ScriptedAnswer {
  return async (message) => {
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    return answered(message, options);
  };
}

/** An answer as a fault server makes it. */
export function answered(message: Uint8Array, options: AnswerOptions = {}): Uint8Array {
  const query = parseQuery(message);
  if (query === undefined) throw new TypeError('no query');
  return answerTo(query, options);
}

/** A record of a crafted answer: its owner, absent for the question's name, and its type. */
export interface CraftedRecord {
  readonly owner?: string;
  readonly type: 'A' | 'NS' | 'SOA' | 'RRSIG';
}

/** What a crafted answer says; absent parts are empty, and flags are not set. */
export interface Crafted {
  readonly rcode?: number;
  readonly aa?: boolean;
  readonly tc?: boolean;
  readonly ra?: boolean;
  readonly answer?: readonly CraftedRecord[];
  readonly authority?: readonly CraftedRecord[];
  /** The OPT's upper eight bits of the rcode; absent for no OPT. */
  readonly opt?: number | undefined;
}

const CRAFTED_TYPES = { A: 1, NS: 2, SOA: 6, RRSIG: 46 } as const;

/** A name in wire format. */
export function wireName(name: string): number[] {
  const labels = name.split('.').filter((label) => label !== '');
  return [...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0];
}

function craftedRecord({ owner, type }: CraftedRecord): number[] {
  const data = type === 'A' ? [192, 0, 2, 1] : type === 'NS' ? wireName('ns.test') : new Array<number>(22).fill(0);
  const name = owner === undefined ? [0xc0, 12] : wireName(owner);
  return [...name, 0, CRAFTED_TYPES[type], 0, 1, 0, 0, 0, 60, 0, data.length, ...data];
}

/** An answer made octet by octet, for what no server of ours would say. */
export function crafted(query: Uint8Array, says: Crafted): Uint8Array {
  const { rcode = 0, aa = false, tc = false, ra = false, answer = [], authority = [], opt } = says;
  let end = 12;
  while ((query[end] ?? 0) > 0) end += 1 + (query[end] ?? 0);
  const [rd = 0] = [(query[2] ?? 0) & 1];
  const flags = [0x80 | (aa ? 4 : 0) | (tc ? 2 : 0) | rd, (ra ? 0x80 : 0) | rcode];
  const counts = [0, 1, 0, answer.length, 0, authority.length, 0, opt === undefined ? 0 : 1];
  const edns = opt === undefined ? [] : [0, 0, 41, 4, 208, opt, 0, 0, 0, 0, 0];
  return Uint8Array.from([
    ...query.subarray(0, 2),
    ...flags,
    ...counts,
    ...query.subarray(12, end + 5),
    ...[...answer, ...authority].flatMap(craftedRecord),
    ...edns,
  ]);
}

/** A query with an OPT, with the DO bit (RFC 3225) if that is asked for. */
export function withOpt(query: Uint8Array, dnssecOk: boolean): Uint8Array {
  const asked = Uint8Array.from([...query, 0, 0, 41, 4, 208, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, 0]);
  asked[11] = 1;
  return asked;
}
