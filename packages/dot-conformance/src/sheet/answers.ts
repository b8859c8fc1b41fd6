import { answeredPromptly, IDLE_CLOSE, STILL_ENCRYPTED } from './common.js';
import type { Kind } from './observation.js';
import type { Scenario, Shape } from './scenario.js';

/** An answer that is not an address, and no reason to think worse of the server. */
function answers(id: string, what: string, kind: Kind, quick = false): Scenario {
  return {
    ...{ id, quick },
    text: `A server that speaks DoT answers with ${what}, and closes: the client gets it, and the server is encrypted to as before.`,
    source: 'RFC 9539 section 4.6.9',
    steps: [
      { do: 'learn' },
      { do: 'ask', phase: 'such queries', kind, count: 3, everyMs: 100 },
      ...IDLE_CLOSE,
      { do: 'ask', phase: 'then', count: 10, everyMs: 100 },
    ],
    expect: [{ phase: 'such queries', figure: 'failed client queries', most: 0 }, ...STILL_ENCRYPTED],
  };
}

/** A server that spoke DoT soundly says less there than over Do53, for a zone that it was never asked for. */
function worsens(id: string, what: string, shape: Shape): Scenario {
  return {
    id,
    text: `A server that spoke DoT says ${what} there for another zone, and the truth over Do53: clients get the truth, and once it is sound, the server is encrypted to.`,
    source: 'RFC 9539 section 4.6.9',
    servers: { a: { shape: 'sound' } },
    steps: [
      { do: 'learn' },
      { do: 'set', shape },
      { do: 'ask', phase: 'another zone', zone: 'other', count: 4, everyMs: 200 },
      { do: 'set', shape: 'sound' },
      { do: 'ask', phase: 'then', count: 10, everyMs: 100 },
    ],
    expect: [{ phase: 'another zone', figure: 'failed client queries', most: 0 }, ...STILL_ENCRYPTED],
  };
}

/** What becomes of answers, and of the server that gives them. */
export const ANSWERS: readonly Scenario[] = [
  answers('Q4a', 'NXDOMAIN', 'nxdomain', true),
  answers('Q4b', 'no data', 'nodata'),
  answers('Q4c', 'an alias', 'alias'),
  {
    id: 'Q5',
    text: 'One query for a zone that the server refuses over both transports: the server is encrypted to as before.',
    source: 'RFC 9539 section 4.6.9',
    quick: true,
    steps: [
      { do: 'learn' },
      { do: 'ask', phase: 'the stranger’s zone', zone: 'stranger', count: 1, everyMs: 0 },
      ...IDLE_CLOSE,
      { do: 'ask', phase: 'then', count: 10, everyMs: 100 },
    ],
    expect: STILL_ENCRYPTED,
  },
  {
    id: 'Q6',
    text: 'A server that spoke DoT says SERVFAIL to everything there, and the truth over Do53: clients get the truth.',
    source: 'RFC 9539 section 4.6.9',
    quick: true,
    steps: [{ do: 'learn' }, { do: 'set', dot: 'servfail' }, { do: 'ask', phase: 'then', count: 20, everyMs: 200 }],
    expect: [{ phase: 'then', figure: 'failed client queries', most: 0 }],
  },
  {
    id: 'Q14a',
    text: 'Every datagram of a server without DoT is truncated: clients get the whole answer, by TCP.',
    source: 'RFC 7766 section 5',
    servers: { a: { dot: 'closed', clear: 'truncate' } },
    steps: [{ do: 'ask', phase: 'all', count: 10, everyMs: 100 }],
    expect: answeredPromptly('all'),
  },
  {
    id: 'Q14b',
    text: 'Before each answer come forged ones, with a wrong id, port or question: no client gets one of them.',
    source: 'RFC 5452 section 9.1',
    servers: { a: { dot: 'closed' } },
    steps: [
      { do: 'set', clear: 'forge' },
      { do: 'ask', phase: 'all', count: 100, everyMs: 30 },
    ],
    expect: [{ phase: 'all', figure: 'failed client queries', most: 0 }],
  },
  worsens('Q28a', 'TC', 'truncated'),
  worsens('Q28b', 'NOERROR and nothing else', 'empty'),
  worsens('Q28c', 'a referral to the root', 'upward-referral'),
  worsens('Q28d', 'NXDOMAIN', 'nxdomain'),
  {
    id: 'Q29',
    text: 'A server that spoke DoT says REFUSED to everything there from one moment on, under 50 queries a second: clients get the truth.',
    source: 'RFC 9539 section 4.6.9',
    servers: { a: { shape: 'sound' } },
    steps: [
      { do: 'learn' },
      { do: 'ask', phase: 'under way', count: 100, everyMs: 20, beside: true },
      { do: 'wait', ms: 700 },
      { do: 'set', shape: 'refused' },
      { do: 'join' },
    ],
    expect: [{ phase: 'under way', figure: 'failed client queries', most: 0 }],
  },
];
