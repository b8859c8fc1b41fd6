import { encode } from 'dns-packet';

/** The zone that every real server serves; see `test/support/servers.ts`. */
export const ZONE = 'example.test';

/** RFC 8467 section 4.1. */
const BLOCK = 128;
const OPT_HEAD = 11;
const OPTION_HEAD = 4;
const KEEPALIVE = 11;
const PADDING = 12;
const EXPERIMENT = 65_001;
const TYPE_OPT = 41;
const ARCOUNT = 10;
const UDP_SIZE = 1_232;

/** Queries for A as a resolver makes them: no OPT, each with an id and a name of its own. */
export function plainQueries(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, id) =>
    encode({ type: 'query', id, questions: [{ type: 'A', name: `host${id}.${ZONE}` }] }),
  );
}

/** The same as `DotExchange` puts them on the wire: OPT with keepalive, padded to 128 octets, the length in front. */
export function paddedFrames(count: number): Buffer[] {
  return plainQueries(count).map((query) => {
    const used = query.length + OPT_HEAD + 2 * OPTION_HEAD;
    const message = withOpt(query, option(KEEPALIVE, 0), option(PADDING, (BLOCK - (used % BLOCK)) % BLOCK));
    return Buffer.concat([u16(message.length), message]);
  });
}

/** A query that is so large for an option of that many octets, which RFC 6891 section 9 leaves to experiments. */
export function largeQuery(octets: number): Uint8Array {
  const [query = new Uint8Array()] = plainQueries(1);
  return withOpt(query, option(EXPERIMENT, octets));
}

function withOpt(query: Uint8Array, ...options: Buffer[]): Buffer {
  const data = Buffer.concat(options);
  const opt = Buffer.concat([Buffer.alloc(1), u16(TYPE_OPT, UDP_SIZE, 0, 0, data.length), data]);
  const message = Buffer.concat([query, opt]);
  message.writeUInt16BE(1, ARCOUNT);
  return message;
}

function option(code: number, octets: number): Buffer {
  return Buffer.concat([u16(code, octets), Buffer.alloc(octets)]);
}

function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}

/** Some items in turn, round and round. */
export function inTurn<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => {
    const item = items[next % items.length];
    next++;
    if (item === undefined) throw new RangeError('nothing to take in turn');
    return item;
  };
}
