import { setTimeout as wait } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { decode } from 'dns-packet';
import { median } from '../../bench/statistics.js';
import { framed, type RawQueryOptions, type RawStream, rawQuery, rawTls } from '../../test/support/raw-client.js';
import type { RunningServer } from './server.js';

const TICKETS_WITHIN_MS = 300;
const QUERIES = 5;
const ANSWERS_WITHIN_MS = 400;
const FIRST_ANSWERS = 5;
/** NSD closes after 120 s. */
const PATIENCE_MS = 130_000;
const RECURSION_DESIRED = 0x01;

/** How a server behaves over DoT, seen by a plain TLS client. */
export interface Habits {
  /** The versions of TLS that it accepts. */
  readonly versions: readonly string[];
  /** What it answers to ALPN `dot`, and whether it does without ALPN as well. */
  readonly alpn: string;
  /** Session tickets after a full handshake, and after a resumed one. */
  readonly tickets: readonly [full: number, resumed: number];
  /** Of five queries in one TLS record, how many are answered before the next record comes. */
  readonly answeredOfRecord: number;
  /** The length of an answer to a padded query, and to one with EDNS alone. */
  readonly lengths: readonly [padded: number, plain: number];
  /** The idle timeout it tells, in seconds (RFC 7828); `undefined`: none. */
  readonly keepaliveSeconds: number | undefined;
  /** After how many seconds it closes a session that is not used, and one after its first answer; `undefined`: later. */
  readonly closesAfter: readonly [unused: number | undefined, used: number | undefined];
  /** How long a first answer takes behind the handshake, in milliseconds; the median of some. */
  readonly firstAnswerMs: number;
}

/** Looks at a server. Takes as long as it keeps idle sessions. */
export async function habitsOf(server: RunningServer, recursive = false): Promise<Habits> {
  const target = { address: server.address, port: server.dotPort };
  const open = (options?: ConnectionOptions): Promise<RawStream> => rawTls(target, options);
  const query = (options?: RawQueryOptions): Buffer => {
    const message = rawQuery(options);
    if (recursive) message[2] = RECURSION_DESIRED;
    return message;
  };
  return {
    versions: await versionsOf(open),
    alpn: await alpnOf(target),
    tickets: await ticketsOf(target, query()),
    answeredOfRecord: await answeredOfRecord(await open(), query),
    lengths: [await lengthOf(await open(), query()), await lengthOf(await open(), query({ edns: 'plain' }))],
    keepaliveSeconds: await keepaliveOf(await open(), query({ edns: 'keepalive' })),
    firstAnswerMs: await firstAnswer(open, query()),
    closesAfter: await Promise.all([closesAfter(await open()), closesAfter(await open(), query())]),
  };
}

/** The same as a line. */
export function habitsInWords(habits: Habits): string {
  const { versions, alpn, tickets, answeredOfRecord, lengths, keepaliveSeconds, closesAfter, firstAnswerMs } = habits;
  const [unused, used] = closesAfter.map((seconds) =>
    seconds === undefined ? 'not' : `after ${seconds.toFixed(1)} s`,
  );
  return [
    versions.join(' and '),
    `ALPN ${alpn}`,
    `tickets ${tickets.join(', resumed ')}`,
    `answers ${answeredOfRecord} of ${QUERIES} in a record`,
    `answer of ${lengths.join(' octets, unasked ')}`,
    `keepalive ${keepaliveSeconds === undefined ? 'none' : `${keepaliveSeconds} s`}`,
    `first answer ${firstAnswerMs.toFixed(0)} ms`,
    `closes ${used}, unused ${unused}`,
  ].join('; ');
}

type Open = (options?: ConnectionOptions) => Promise<RawStream>;
type Target = Parameters<typeof rawTls>[0];

async function versionsOf(open: Open): Promise<string[]> {
  const accepted: string[] = [];
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    try {
      (await open({ minVersion: version, maxVersion: version })).socket.destroy();
      accepted.push(version);
    } catch {
      // It does not speak this one.
    }
  }
  return accepted;
}

async function alpnOf(target: Target): Promise<string> {
  const { socket } = await rawTls(target);
  const without = await rawTls(target, { ALPNProtocols: [] });
  without.socket.destroy();
  socket.destroy();
  return socket.alpnProtocol || 'ignored';
}

async function ticketsOf(target: Target, query: Buffer): Promise<[number, number]> {
  const ticketsAfter = async (session?: Buffer): Promise<Buffer[]> => {
    const stream = await rawTls(target, session === undefined ? {} : { session });
    const tickets: Buffer[] = [];
    stream.socket.on('session', (ticket: Buffer) => tickets.push(ticket));
    if (session !== undefined && !stream.socket.isSessionReused()) throw new Error('its ticket does not resume');
    await stream.ask(query);
    await wait(TICKETS_WITHIN_MS);
    stream.socket.destroy();
    return tickets;
  };
  const full = await ticketsAfter();
  return [full.length, full[0] === undefined ? 0 : (await ticketsAfter(full[0])).length];
}

async function answeredOfRecord(stream: RawStream, query: (options: RawQueryOptions) => Buffer): Promise<number> {
  await stream.ask(query({ id: QUERIES }));
  await wait(ANSWERS_WITHIN_MS);
  let answered = 0;
  const count = async (): Promise<void> => {
    for (;;) {
      await stream.next();
      answered++;
    }
  };
  count().catch(() => {});
  stream.socket.write(Buffer.concat(Array.from({ length: QUERIES }, (_, id) => framed(query({ id })))));
  await wait(ANSWERS_WITHIN_MS);
  stream.socket.destroy();
  return answered;
}

async function lengthOf(stream: RawStream, query: Buffer): Promise<number> {
  const { length } = await stream.ask(query);
  stream.socket.destroy();
  return length;
}

async function keepaliveOf(stream: RawStream, query: Buffer): Promise<number | undefined> {
  const { additionals } = decode(await stream.ask(query));
  stream.socket.destroy();
  for (const record of additionals ?? []) {
    if (record.type !== 'OPT') continue;
    for (const option of record.options) {
      if (option.type === 'TCP_KEEPALIVE' && option.timeout !== undefined) return option.timeout / 10;
    }
  }
  return undefined;
}

async function firstAnswer(open: Open, query: Buffer): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < FIRST_ANSWERS; count++) {
    const stream = await open();
    const startedAt = performance.now();
    await stream.ask(query);
    times.push(performance.now() - startedAt);
    stream.socket.destroy();
  }
  return median(times);
}

async function closesAfter(stream: RawStream, query?: Buffer): Promise<number | undefined> {
  if (query !== undefined) await stream.ask(query);
  const startedAt = performance.now();
  const late = setTimeout(() => stream.socket.destroy(), PATIENCE_MS);
  const ending = await stream.ended;
  clearTimeout(late);
  stream.socket.destroy();
  return ending === 'close' ? undefined : (performance.now() - startedAt) / 1_000;
}
