import type { Fault } from 'dotscout/testing';
import { answeredPromptly, NO_CLEAR_TEXT, NOT_FOR_FORWARDERS } from './common.js';
import { type Expectation, type Scenario, type ServerSpec, SPECIAL_ADDRESSES, type Step } from './scenario.js';

const CLIENTS_FEEL_NOTHING: readonly Expectation[] = ['first', 'then'].flatMap(answeredPromptly);

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
    expect: [
      ...CLIENTS_FEEL_NOTHING,
      { phase: 'then', figure: 'connections to port 853', most: 0 },
      { phase: 'then', figure: 'queries over DoT', most: 0 },
    ],
  };
}

/** A port 853 that says less than port 53. */
function worse(id: string, what: string, server: ServerSpec, quick = false): Scenario {
  return {
    ...{ id, quick },
    text: `Over DoT the server says ${what}, and over Do53 the truth: clients get the truth.`,
    source: 'RFC 9539 section 4.6.9',
    servers: { a: server },
    steps: [{ do: 'ask', phase: 'all', count: 12, everyMs: 250 }],
    expect: [{ phase: 'all', figure: 'failed client queries', most: 0 }],
  };
}

/** A peculiarity that does no harm. */
function sound(id: string, what: string, dot: Fault, { quick, notForForwarders }: Partial<Scenario> = {}): Scenario {
  return {
    ...{ id, quick, notForForwarders },
    text: `A server ${what} is encrypted to all the same.`,
    source: 'RFC 9539 section 4.6.3.4',
    servers: { a: { dot } },
    steps: [{ do: 'learn' }, { do: 'ask', phase: 'then', count: 5, everyMs: 100 }],
    expect: NO_CLEAR_TEXT,
  };
}

/** Servers at addresses of special purpose. */
const SPECIAL: Readonly<Record<string, ServerSpec>> = Object.fromEntries(
  SPECIAL_ADDRESSES.map((address) => [address, { address }]),
);

/** What a probe concludes, and what it shows. */
export const PROBES: readonly Scenario[] = [
  sound('P1a', 'with a self-signed certificate', 'self-signed', {
    quick: true,
    notForForwarders: NOT_FOR_FORWARDERS.verified,
  }),
  sound('P1b', 'with an expired certificate', 'expired-cert', { notForForwarders: NOT_FOR_FORWARDERS.verified }),
  sound('P1c', 'that ignores ALPN', 'no-alpn'),
  sound('P1d', 'that speaks TLS 1.2 alone', 'tls12'),
  sound('P1e', 'with a certificate for another name', 'wrong-name', { notForForwarders: NOT_FOR_FORWARDERS.verified }),
  useless('P2a', 'refuses connections', 'closed', true),
  useless('P2b', 'accepts and is silent', 'tcp-mute', true),
  useless('P2c', 'speaks DNS without TLS', 'plain-dns'),
  useless('P2d', 'speaks HTTP', 'http'),
  useless('P2e', 'speaks SMTP', 'smtp'),
  {
    id: 'P2f',
    text: 'A server knows no ALPN but h2, and says so by an alert: clients feel nothing.',
    source: 'RFC 9539 section 4.6.5',
    servers: { a: { dot: 'alpn-alert' } },
    steps: TWICE,
    expect: CLIENTS_FEEL_NOTHING,
  },
  useless('P2g', 'speaks TLS 1.0 alone', 'tls10'),
  useless('P3a', 'shakes hands and is silent', 'tls-mute', true),
  useless('P3b', 'shakes hands and closes', 'tls-close'),
  useless('P3c', 'answers with garbage', 'garbage'),
  useless('P3d', 'answers with wrong ids', 'wrong-id'),
  useless('P3e', 'announces a long answer and stalls', 'length-stall'),
  useless('P3f', 'shakes hands and resets', 'tls-reset'),
  useless('P3g', 'answers another question', 'wrong-question'),
  {
    id: 'P4a',
    notForForwarders: NOT_FOR_FORWARDERS.told,
    text: 'A server is met first through a zone that it refuses over both transports: it is encrypted to for its own.',
    source: 'RFC 9539 section 4.6.9',
    quick: true,
    steps: [{ do: 'ask', phase: 'the stranger’s zone', zone: 'stranger', count: 4, everyMs: 400 }, { do: 'learn' }],
    expect: [{ phase: 'before', figure: 'failed client queries', most: 0 }],
  },
  worse('P4b', 'REFUSED to everything', { dot: 'refused' }, true),
  worse('P4c', 'SERVFAIL to everything', { dot: 'servfail' }),
  worse('P5', 'FORMERR to padded queries', { dot: 'formerr-padded' }),
  worse('P15a', 'NXDOMAIN to everything', { shape: 'nxdomain' }, true),
  worse('P15b', 'nothing but NOERROR', { shape: 'empty' }),
  worse('P15c', 'a referral to the root to everything', { shape: 'upward-referral' }),
  {
    id: 'P10',
    text: 'A zone’s servers are at link-local, private, shared and benchmarking addresses: asked or not, no connection goes to their port 853.',
    source: 'RFC 6890 section 2.2.2',
    notForForwarders: NOT_FOR_FORWARDERS.delegations,
    servers: SPECIAL,
    steps: [
      { do: 'ask', phase: 'all', count: 20, everyMs: 200 },
      { do: 'wait', ms: 1_000 },
    ],
    expect: [{ phase: 'all', figure: 'connections to port 853', most: 0 }],
  },
  {
    id: 'P13',
    text: 'A server offers nothing but a costly 8192-bit Diffie-Hellman: clients feel nothing.',
    source: 'RFC 9325 section 4.1',
    servers: { a: { dot: 'dhe-8192' } },
    steps: TWICE,
    expect: CLIENTS_FEEL_NOTHING,
  },
  {
    id: 'P11',
    notForForwarders: NOT_FOR_FORWARDERS.itsClients,
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
