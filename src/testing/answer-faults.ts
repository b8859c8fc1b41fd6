import { bareAnswerTo, DOT_ONLY_ADDRESS, frame, otherQuestion, type RcodeName } from './answers.js';
import type { DotSession } from './dot-session.js';
import type { AnswerFault, Fault } from './faults.js';
import { PADDING_OPTION, type ParsedQuery } from './query.js';

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

const byteAtATime: Behaviour = (session, query) => {
  const { byteMs = 100 } = session.context.settings();
  const bytes = frame(session.context.responder.overDot(query));
  const sendFrom = (at: number): void => {
    session.write(bytes.subarray(at, at + 1));
    if (at + 1 < bytes.length) session.later(byteMs, () => sendFrom(at + 1));
  };
  sendFrom(0);
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

/** Messages that answer nothing, as fast as the client reads them. */
const answerFlood: Behaviour = (session, query) => {
  const bytes = frame(session.context.responder.overDot(query, { atLeast: MAX_MESSAGE - 600 }));
  const unasked = Buffer.concat([bytes, Buffer.alloc(MAX_MESSAGE + 2 - bytes.length)]);
  unasked.writeUInt16BE(MAX_MESSAGE, 0);
  unasked.writeUInt16BE((query.id + 0x4000) & 0xffff, 2);
  const flow = (): void => {
    while (session.write(unasked));
    if (!session.ended) session.drained(flow);
  };
  flow();
};

const BEHAVIOURS: Record<AnswerFault, Behaviour> = {
  'tls-mute': () => {},
  'tls-close': (session) => session.end(),
  'tls-close-query': (session) => session.end(),
  'tls-reset': (session) => session.reset(),
  'tls-reset-query': (session) => session.reset(),
  'one-shot': (session, query) => session.finish(session.context.responder.overDot(query)),
  'random-close': randomClose,
  reverse,
  renegotiate: (session) => session.context.renegotiate(),
  'zero-length': (session) => session.sendRaw(Buffer.alloc(2)),
  'length-stall': (session) => session.sendRaw(Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(10)])),
  'byte-at-a-time': byteAtATime,
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
  'answer-flood': answerFlood,
  'answer-then-flood': (session, query) => {
    good(session, query);
    answerFlood(session, query);
  },
};

/** What sessions that were open do under faults that no longer let anyone in. */
const SILENT: ReadonlySet<Fault> = new Set<Fault>(['black-hole', 'tcp-mute']);

/** Does with a query what the session's fault asks for; faults of the handshake answer well. */
export function behave(session: DotSession, query: ParsedQuery): void {
  const fault = session.context.fault();
  if (SILENT.has(fault)) return;
  const behaviour = (BEHAVIOURS as Partial<Record<Fault, Behaviour>>)[fault] ?? good;
  behaviour(session, query);
}

/** Lets a fault that waits for no query show itself on a session. */
export function showsAtOnce(session: DotSession): void {
  const fault = session.context.fault();
  if (fault === 'tls-close') session.end();
  if (fault === 'tls-reset') session.reset();
}
