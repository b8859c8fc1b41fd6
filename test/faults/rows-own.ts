import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import type { Connect } from '../../src/transport/tls/tls.js';
import { fallsBack, good, hedged, type Make, onNewSessions, overDot, type Row, unknown } from './matrix.js';

/** Longer than a quarter of an attempt's life, more than once over. */
const STALL_MS = 2_500;

function connecting(how: Connect): Make {
  return { kind: 'own', trouble: { connect: how } };
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code, syscall: 'connect' });
}

/** A stream that fails as Node's do: a turn later, by an error. */
function emitting(code: string): Connect {
  return () => new Duplex({ read: () => undefined }).destroy(withCode(code));
}

function throwing(error: unknown): Connect {
  return () => {
    throw error;
  };
}

/** What stands still says nothing of the server. */
const learnsNothing = onNewSessions({
  probe: unknown('inconclusive: local'),
  none: fallsBack('connect local', 'Good'),
});

/** What is wrong on our side of the wire, of which no server is to blame. */
export const ownRows: readonly Row[] = [
  {
    does: 'no file descriptor is left (EMFILE)',
    id: 'P7',
    make: connecting(throwing(withCode('EMFILE'))),
    ...learnsNothing,
  },
  {
    does: 'nor in the whole system (ENFILE)',
    id: 'P7',
    make: connecting(throwing(withCode('ENFILE'))),
    ...learnsNothing,
  },
  { does: 'no buffer is left (ENOBUFS)', id: 'P7', make: connecting(throwing(withCode('ENOBUFS'))), ...learnsNothing },
  {
    does: 'our own filter forbids it (EPERM)',
    id: 'P7',
    make: connecting(throwing(withCode('EPERM'))),
    ...learnsNothing,
  },
  {
    does: 'the address that we are to send from is not ours (EADDRNOTAVAIL)',
    id: 'P7',
    make: connecting(({ address: host, port }) =>
      connect({ host, port, localAddress: host.includes(':') ? '2001:db8::1' : '192.0.2.1' }),
    ),
    ...learnsNothing,
  },
  {
    does: 'the port that we are to send from is taken (EADDRINUSE)',
    id: 'P7',
    make: connecting(({ address: host, port }) => connect({ host, port, localAddress: host, localPort: port })),
    ...learnsNothing,
  },
  {
    does: 'the guard forbids the address from now on',
    id: 'P10',
    make: { kind: 'own', trouble: { forbidden: true } },
    probe: unknown('rejected: REFUSED_BY_GUARD'),
    none: fallsBack('REFUSED_BY_GUARD', 'Good'),
    open: overDot(),
  },
  {
    does: 'our event loop stands still for 2.5 s, and the server answers',
    id: 'Q23',
    make: { kind: 'own', trouble: { stallMs: STALL_MS } },
    probe: good(),
    none: overDot(),
    open: overDot(),
  },
  {
    does: 'our event loop stands still for 2.5 s, and the server is silent',
    id: 'Q23',
    make: { kind: 'own', trouble: { stallMs: STALL_MS }, server: 'tls-mute' },
    probe: unknown('inconclusive: local'),
    none: hedged('answer local', 'Good'),
    open: hedged('answer local', 'Good'),
  },
  { does: 'the host’s connect throws', make: connecting(throwing(new TypeError('a bug'))), ...learnsNothing },
  { does: 'the host’s connect throws undefined', make: connecting(throwing(undefined)), ...learnsNothing },
  { does: 'the host’s connect gives no stream', make: connecting(() => ({}) as Duplex), ...learnsNothing },
  { does: 'the host’s connect gives a stream that is over', make: connecting(emitting('EPIPE')), ...learnsNothing },
];
