import type { Clock } from '../../src/common/clock.js';
import { frame } from '../../src/testing/answers.js';
import { type AnswerOptions, answerTo, bareAnswerTo, type ParsedQuery } from '../../src/testing/index.js';
import { type Crafted, crafted } from '../support/answers.js';
import { type Act, rightAnswer, type StagedSession } from './staged-server.js';

type Asked = NonNullable<Act['asked']>;

/** Does the same with every query. */
export function does(asked: Asked): () => Act {
  return () => ({ asked });
}

/** Sends something made of the right answer. */
export function sends(make: (answer: Buffer, query: ParsedQuery) => Uint8Array): () => Act {
  return does((session, query) => session.send(make(rightAnswer(query), query)));
}

/** Sends octets made of the right answer's frame, and perhaps closes. */
export function sendsOctets(make: (framed: Buffer) => Uint8Array, closes = false): () => Act {
  return does((session, query) => {
    session.raw(make(frame(rightAnswer(query))));
    if (closes) session.end();
  });
}

/** Answers otherwise. */
export function answers(options: AnswerOptions): () => Act {
  return does((session, query) => session.send(answerTo(query, { pad: true, ...options })));
}

/** Says something octet by octet; to a query with an OPT with one, unless that is left out. */
export function says(what: Crafted | ((query: ParsedQuery) => Crafted)): () => Act {
  return does((session, query) => {
    const said = typeof what === 'function' ? what(query) : what;
    const { id, flags, question, edns } = query;
    const asked = Uint8Array.from([id >> 8, id & 255, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, 0, ...question]);
    session.send(crafted(asked, edns === undefined ? said : { opt: 0, ...said }));
  });
}

/** A copy of a message with 16 bits of it changed. */
export function with16(message: Buffer, at: number, change: (value: number) => number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(change(copy.readUInt16BE(at)) & 0xffff, at);
  return copy;
}

/** Another opcode (NOTIFY), by bit operations on the header's second 16 bits. */
export const otherOpcode: () => Act = sends((answer) => with16(answer, 2, (flags) => flags | (4 << 11)));

/** Announces two questions and has them. */
export const twoQuestions: () => Act = sends((answer, { question }) => {
  const head = with16(answer, 4, () => 2).subarray(0, 12);
  return Buffer.concat([head, question, question, answer.subarray(12 + question.length)]);
});

/** NOERROR without its question. */
export const noQuestion: () => Act = does((session, query) => session.send(bareAnswerTo(query, 'NOERROR')));

/** The question in the other case of its letters. */
export const otherCase: () => Act = sends((answer, { question }) => {
  const copy = Buffer.from(answer);
  for (let at = 12; at < 12 + question.length - 4; at++) {
    const octet = copy[at] ?? 0;
    if (octet >= 0x61 && octet <= 0x7a) copy[at] = octet - 0x20;
  }
  return copy;
});

/** A record whose owner points to itself. */
export const pointerLoop: () => Act = sends((answer, { question }) => {
  const copy = Buffer.from(answer);
  copy.writeUInt16BE(0xc000 | (12 + question.length), 12 + question.length);
  return copy;
});

/** The first record's data is longer than the message. */
export const overlongRecord: () => Act = sends((answer, { question }) =>
  with16(answer, 12 + question.length + 10, () => 0xffff),
);

/** Octets after the last record. */
export const trailing: () => Act = sends((answer) => Buffer.concat([answer, Buffer.alloc(9, 7)]));

/** 64 octets that mean nothing, id included. */
export const garbage: () => Act = sends((answer) =>
  // An id that is not the query's, so that nobody is meant.
  Buffer.from(Array.from({ length: 64 }, (_, index) => (index === 0 ? (answer[0] ?? 0) ^ 0x55 : (index * 37) & 255))),
);

/** The extended response code BADVERS: 16, of which the header holds 0 and the OPT 1. */
function badvers(query: ParsedQuery): Buffer {
  const answer = answerTo(query);
  // The OPT is last: its extended code lies six octets before the end of its empty data.
  if (query.edns !== undefined) answer[answer.length - 6] = 1;
  return answer;
}

export const badversToEdns: () => Act = does((session, query) => session.send(badvers(query)));

/** An edns-tcp-keepalive of one octet (RFC 7828 wants two or none). */
export const brokenKeepalive: () => Act = does((session, query) => {
  const answer = answerTo(query, {});
  if (query.edns === undefined) session.send(answer);
  else session.send(Buffer.concat([with16(answer, answer.length - 2, () => 5), Buffer.from([0, 11, 0, 1, 7])]));
});

/** The right answer, twice. */
export const twice: () => Act = does((session, query) => {
  session.send(rightAnswer(query));
  session.send(rightAnswer(query));
});

/** Something for nobody, then the right answer. */
export const strayFirst: () => Act = does((session, query) => {
  session.send(rightAnswer({ ...query, id: query.id ^ 0x4000 }));
  session.send(rightAnswer(query));
});

/** The largest message there can be. */
export const largest: () => Act = does((session, query) => {
  const answer = answerTo(query, { atLeast: 65_000 });
  session.send(Buffer.concat([answer, Buffer.alloc(65_535 - answer.length)]));
});

/** Holds every answer back. */
export function waits(ms: number): (clock: Clock) => Act {
  return (clock) => ({
    asked: (session, query) => void clock.after(ms, () => session.send(rightAnswer(query))),
  });
}

/** Answers octet by octet. */
export function drips(everyMs: number): (clock: Clock) => Act {
  return (clock) => ({
    asked: (session, query) => {
      const left = [...frame(rightAnswer(query))];
      const drip = (): void => {
        const octet = left.shift();
        if (octet === undefined || session.beneath.destroyed) return;
        session.raw(Buffer.from([octet]));
        clock.after(everyMs, drip);
      };
      drip();
    },
  });
}

/** Answers in the opposite order, as soon as there are so many queries, or a little later. */
export function reverses(count: number): (clock: Clock) => Act {
  return (clock) => {
    const waiting: ParsedQuery[] = [];
    const answerAll = (session: StagedSession): void => {
      for (const query of waiting.splice(0).reverse()) session.send(rightAnswer(query));
    };
    return {
      asked: (session, query) => {
        waiting.push(query);
        if (waiting.length >= count) answerAll(session);
        else clock.after(10, () => answerAll(session));
      },
    };
  };
}

/** Writes beneath TLS what is no TLS. */
export function beneath(octets: Uint8Array): () => Act {
  return does(({ beneath: socket }) => void socket.write(octets));
}

/** Ends TCP without ending TLS (no close_notify). */
export const endsTcp: () => Act = does(({ beneath: socket }) => void socket.end());
