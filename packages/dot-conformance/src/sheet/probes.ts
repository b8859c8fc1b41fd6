import type { Fault } from 'dotscout/testing';
import { type Expectation, PROMPT_MS, type Scenario, type ServerSpec, type Step } from './scenario.js';

const CLIENTS_FEEL_NOTHING: readonly Expectation[] = ['first', 'then'].flatMap((phase) => [
  { phase, figure: 'failed client queries', most: 0 } as const,
  { phase, figure: 'slowest client query', most: PROMPT_MS } as const,
]);

/** Clients ask a server, and again when its probe must be over. */
const TWICE: readonly Step[] = [
  { do: 'ask', phase: 'first', count: 6, everyMs: 300 },
  { do: 'wait', ms: 6_000 },
  { do: 'ask', phase: 'then', count: 6, everyMs: 300 },
];

/** A port 853 that is of no use. */
function useless(id: string, what: string, dot: Fault, quick = false): Scenario {
  return {
    ...{ id, quick },
    text: `Port 853 ${what}: clients feel nothing, and the server is left alone for a time.`,
    source: 'RFC 9539 sections 4.6.3 and 4.6.5',
    servers: { a: { dot } },
    steps: TWICE,
    expect: [...CLIENTS_FEEL_NOTHING, { phase: 'then', figure: 'connections to port 853', most: 0 }],
  };
}

/** A port 853 that says less than port 53. */
function worse(id: string, what: string, server: ServerSpec, quick = false): Scenario {
  return {
    ...{ id, quick },
    text: `Over DoT the server says ${what} to everything, over Do53 the truth: clients get the truth.`,
    source: 'RFC 9539 section 4.6.9',
    servers: { a: server },
    steps: [{ do: 'ask', phase: 'all', count: 12, everyMs: 250 }],
    expect: [{ phase: 'all', figure: 'failed client queries', most: 0 }],
  };
}

/** A peculiarity that does no harm. */
function sound(id: string, what: string, dot: Fault, quick = false): Scenario {
  return {
    ...{ id, quick },
    text: `A server ${what} is encrypted to all the same.`,
    source: 'RFC 9539 section 4.6.3.4',
    servers: { a: { dot } },
    steps: [{ do: 'learn' }, { do: 'ask', phase: 'then', count: 5, everyMs: 100 }],
    expect: [
      { phase: 'then', figure: 'queries over Do53', most: 0 },
      { phase: 'then', figure: 'failed client queries', most: 0 },
    ],
  };
}

/** What a probe concludes, and what it shows. */
export const PROBES: readonly Scenario[] = [
  sound('P1a', 'with a self-signed certificate', 'self-signed', true),
  sound('P1b', 'with an expired certificate', 'expired-cert'),
  sound('P1c', 'that ignores ALPN', 'no-alpn'),
  sound('P1d', 'that speaks TLS 1.2 alone', 'tls12'),
  useless('P2a', 'refuses connections', 'closed', true),
  useless('P2b', 'accepts and is silent', 'tcp-mute', true),
  useless('P2c', 'speaks DNS without TLS', 'plain-dns'),
  useless('P2d', 'speaks HTTP', 'http'),
  useless('P3a', 'shakes hands and is silent', 'tls-mute', true),
  useless('P3b', 'shakes hands and closes', 'tls-close'),
  useless('P3c', 'answers with garbage', 'garbage'),
  useless('P3d', 'answers with wrong ids', 'wrong-id'),
  {
    id: 'P4a',
    text: 'A server is met first through a zone that it refuses over both transports: it is encrypted to for its own.',
    source: 'RFC 9539 section 4.6.9',
    quick: true,
    steps: [{ do: 'ask', phase: 'the stranger’s zone', zone: 'stranger', count: 4, everyMs: 400 }, { do: 'learn' }],
    expect: [{ phase: 'before', figure: 'failed client queries', most: 0 }],
  },
  worse('P4b', 'REFUSED', { dot: 'refused' }, true),
  worse('P4c', 'SERVFAIL', { dot: 'servfail' }),
  worse('P15a', 'NXDOMAIN', { shape: 'nxdomain' }, true),
  worse('P15b', 'NOERROR and nothing else', { shape: 'empty' }),
  worse('P15c', 'a referral to the root', { shape: 'upward-referral' }),
  {
    id: 'P11',
    text: 'What goes over DoT is padded, asks without RD, offers ALPN dot, and names no server.',
    source: 'RFC 9539 sections 4.4, 4.6.3.3 and 4.6.8.1; RFC 8467 section 4.1',
    quick: true,
    steps: [{ do: 'ask', phase: 'all', count: 10, everyMs: 250 }],
    expect: [
      { phase: 'all', figure: 'queries over DoT', least: 1 },
      { phase: 'all', figure: 'queries over DoT without padding', most: 0 },
      { phase: 'all', figure: 'queries with RD', most: 0 },
      { phase: 'all', figure: 'ClientHellos without ALPN dot', most: 0 },
      { phase: 'all', figure: 'ClientHellos with a server name', most: 0 },
    ],
  },
];
