import { bareAnswerTo, DOT_ONLY_ADDRESS, frame, otherQuestion, type RcodeName } from './answers.js';
import type { DotSession } from './dot-session.js';
import type { AnswerFault, Fault } from './faults.js';
import { PADDING_OPTION, type ParsedQuery } from './query.js';
import { isRecordFault } from './record-flood.js';

/** What a fault makes of one query. */
type Behaviour = (session: DotSession, query: ParsedQuery) => void;

/** How long `reverse` waits for the rest of a batch. */
const BATCH_WAIT_MS = 50;
/** The largest DNS message. */
const MAX_MESSAGE = 65_535;

const good: Behaviour = (session, query) => session.send(session.context.responder.overDot(query));

function withRcode(rcode: RcodeName): Behaviour {
  return (session, query) => session.send(session.context.responder.overDot(query, { rcode }));
}

function bare(rcode: RcodeName): Behaviour {
  return (session, query) => session.send(bareAnswerTo(query, rcode));
}

/** FORMERR, without an OPT record, to the queries that meet a condition. */
function formerrIf(condition: (query: ParsedQuery) => boolean): Behaviour {
  return (session, query) => {
    if (!condition(query)) good(session, query);
    else session.send(session.context.responder.overDot({ ...query, edns: undefined }, { rcode: 'FORMERR' }));
  };
}

const randomClose: Behaviour = (session, query) => {
  const { random } = session.context;
  const { probability = 0.25 } = session.context.settings();
  const closes = random() < probability;
  const answersFirst = random() < 0.5;
  if (!closes) good(session, query);
  else if (answersFirst) session.finish(session.context.responder.overDot(query));
  else session.end();
};

const reverse: Behaviour = (session, query) => {
  const { waiting } = session;
  const answerAll = () => {
    for (const next of waiting.splice(0).reverse()) good(session, next);
  };
  waiting.push(query);
  const { batch = 100 } = session.context.settings();
  if (waiting.length >= batch) answerAll();
  else if (waiting.length === 1) session.later(BATCH_WAIT_MS, answerAll);
};

const closeAfter: Behaviour = (session, query) => {
  const { answers = 10 } = session.context.settings();
  const { record, responder } = session.context;
  // Answers that are held back are still to come.
  if (record.queries >= answers) session.finish(responder.overDot(query));
  else good(session, query);
};

const wrongId: Behaviour = (session, query) => {
  const { copies = 1 } = session.context.settings();
  for (let i = 1; i <= copies; i += 1) {
    session.send(session.context.responder.overDot({ ...query, id: (query.id + 0x4000 + i) & 0xffff }));
  }
};

const notAResponse: Behaviour = (session, query) => {
  const answer = session.context.responder.overDot(query);
  answer.writeUInt16BE(answer.readUInt16BE(2) & 0x7fff, 2);
  session.send(answer);
};

const garbage: Behaviour = (session, query) => {
  const bytes = Buffer.from(Array.from({ length: 64 }, () => Math.floor(session.context.random() * 256)));
  bytes.writeUInt16BE(query.id, 0);
  session.send(bytes);
};

const countBomb: Behaviour = (session, query) => {
  const bytes = bareAnswerTo(query, 'NOERROR');
  bytes.fill(0xff, 4);
  session.send(bytes);
};

const keepaliveShort: Behaviour = (session, query) => {
  const units = Math.round((session.context.settings().keepaliveMs ?? 200) / 100);
  session.send(session.context.responder.overDot(query, { keepalive: units }));
  const seen = session.context.record.queries;
  session.later(units * 100, () => {
    if (session.context.record.queries === seen) session.end();
  });
};

/** The largest answer there can be. */
function largest(session: DotSession, query: ParsedQuery): Buffer {
  const answer = session.context.responder.overDot(query, { atLeast: MAX_MESSAGE - 600 });
  return Buffer.concat([answer, Buffer.alloc(MAX_MESSAGE - answer.length)]);
}

/** Sends messages that answer nothing, as fast as the client reads them. */
function flood(session: DotSession, query: ParsedQuery, count = Number.POSITIVE_INFINITY): void {
  const unasked = frame(largest(session, { ...query, id: (query.id + 0x4000) & 0xffff }));
  let left = count;
  const flow = (): void => {
    while (left > 0 && !session.ended) {
      const hasRoom = session.write(unasked);
      session.sentUnasked();
      left -= 1;
      if (hasRoom) continue;
      session.drained(flow);
      return;
    }
  };
  flow();
}

/** The query that an unrequested message pretends to answer. */
const NO_QUERY: ParsedQuery = {
  id: 0,
  flags: 0,
  name: 'unasked.',
  type: 1,
  question: Buffer.from('\x07unasked\0\0\x01\0\x01', 'latin1'),
  edns: undefined,
};

/** What each fault does with a query. */
export const BEHAVIOURS: Readonly<Record<AnswerFault, Behaviour>> = {
  'tls-mute': () => {},
  'tls-close': (session) => session.end(),
  'tls-close-query': (session) => session.end(),
  'tls-reset': (session) => session.reset(),
  'tls-reset-query': (session) => session.reset(),
  'one-shot': (session, query) => session.finish(session.context.responder.overDot(query)),
  'close-after': closeAfter,
  'random-close': randomClose,
  reverse,
  renegotiate: (session) => session.context.renegotiate(),
  'renegotiate-at-once': good,
  'zero-length': (session) => session.sendRaw(Buffer.alloc(2)),
  'length-stall': (session) => session.sendRaw(Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(10)])),
  'byte-at-a-time': (session, query) => session.trickle(session.context.responder.overDot(query)),
  dribble: (session, query) => session.trickle(largest(session, query)),
  'wrong-question': (session, query) => good(session, { ...query, question: otherQuestion(query) }),
  'wrong-id': wrongId,
  'not-a-response': notAResponse,
  oversized: (session, query) => session.send(session.context.responder.overDot(query, { atLeast: 6000 })),
  garbage,
  'count-bomb': countBomb,
  refused: withRcode('REFUSED'),
  servfail: withRcode('SERVFAIL'),
  formerr: withRcode('FORMERR'),
  notimp: withRcode('NOTIMP'),
  'refused-bare': bare('REFUSED'),
  'servfail-bare': bare('SERVFAIL'),
  'formerr-bare': bare('FORMERR'),
  'notimp-bare': bare('NOTIMP'),
  'formerr-padded': formerrIf((query) => query.edns?.options.has(PADDING_OPTION) === true),
  'formerr-edns': formerrIf((query) => query.edns !== undefined),
  'keepalive-zero': (session, query) => session.send(session.context.responder.overDot(query, { keepalive: 0 })),
  'keepalive-short': keepaliveShort,
  'different-answers': (session, query) =>
    session.send(session.context.responder.overDot(query, { address: DOT_ONLY_ADDRESS })),
  'answer-flood': flood,
  'answer-then-flood': (session, query) => {
    good(session, query);
    flood(session, query);
  },
  'unasked-flood': good,
};

/** One answer, and records behind it. */
const answerThenRecords: Behaviour = (session, query) => {
  const { floodWithRecords, record } = session.context;
  if (floodWithRecords === undefined) good(session, query);
  else if (record.queries === 1) {
    good(session, query);
    session.behindAnswers(floodWithRecords);
  }
};

/** Faults that accept no connection any more, and under which open sessions fall silent. */
const SILENT: ReadonlySet<Fault> = new Set<Fault>(['black-hole', 'tcp-mute']);

/** Does with a query what the session's fault asks for; faults of the handshake and the flow answer well. */
export function behave(session: DotSession, query: ParsedQuery): void {
  const fault = session.context.fault();
  if (SILENT.has(fault) || (fault === 'never-reads' && leavesAlone(session))) return;
  if (isRecordFault(fault)) answerThenRecords(session, query);
  else ((BEHAVIOURS as Partial<Record<Fault, Behaviour>>)[fault] ?? good)(session, query);
}

/** Lets a fault that waits for no query show itself on a session. */
export function showsAtOnce(session: DotSession): void {
  const fault = session.context.fault();
  if (fault === 'tls-close') session.end();
  if (fault === 'tls-reset') session.reset();
  if (fault === 'renegotiate-at-once') session.context.renegotiate();
  if (fault === 'unasked-flood') flood(session, NO_QUERY, session.context.settings().unasked);
  beforeReading(session);
}

/**
 * Whether a session under `never-reads` leaves a query alone: it came in one piece with the last that is read.
 *
 * @param session - the session, which reads nothing more when its queries are enough
 */
export function leavesAlone(session: DotSession): boolean {
  const { afterQueries = 0 } = session.context.settings();
  const { queries } = session.context.record;
  if (queries >= afterQueries) session.pause();
  return queries > afterQueries;
}

/** Lets a fault of the flow show itself on a session from which nothing has been read yet. */
export function beforeReading(session: DotSession): void {
  const { afterQueries = 0 } = session.context.settings();
  if (session.context.fault() === 'never-reads' && session.context.record.queries >= afterQueries) session.pause();
}

/** Lets a fault of the flow show itself on a session, when octets have come. */
export function afterReading(session: DotSession): void {
  const fault = session.context.fault();
  const { windowMs = 100, frameMs = 200 } = session.context.settings();
  if (fault === 'half-frame-timeout') session.expectRest(frameMs);
  if (fault === 'slow-window') {
    session.pause();
    session.later(windowMs, () => session.resume());
  }
}
