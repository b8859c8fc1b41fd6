import * as stage from './handshake-acts.js';
import {
  act,
  bad,
  fails,
  fallsBack,
  fault,
  good,
  harmless,
  hedged,
  onNewSessions,
  type Row,
  silences,
} from './matrix.js';

const closed = onNewSessions(fails('handshake closed'));
const notTls = onNewSessions(fails('handshake not-tls'));
const alert = onNewSessions(fails('handshake alert'));
const silent = onNewSessions(silences('handshake silent'));
const fine = onNewSessions(harmless());

/** Faults and peculiarities of the TLS handshake; most of them no open session can meet. */
export const handshakeRows: readonly Row[] = [
  { does: 'speaks DNS over TCP, and waits', id: 'P2', make: fault('plain-dns'), ...silent },
  { does: 'speaks HTTP', id: 'P2', make: fault('http'), ...notTls },
  { does: 'greets as a mail server', id: 'P2', make: fault('smtp'), ...notTls },
  { does: 'greets as SSH', id: 'P2', make: act(stage.greets('SSH-2.0-OpenSSH_9.2p1\r\n')), ...notTls },
  { does: 'greets in plain text, one letter', id: 'P2', make: act(stage.greets('?')), ...silent },
  { does: 'closes when the ClientHello has come', id: 'P2', make: fault('tcp-close'), ...closed },
  { does: 'resets when the ClientHello has come', id: 'P2', make: fault('tcp-reset'), ...closed },
  { does: 'alert handshake_failure', id: 'P2', make: act(stage.alerts(40)), ...alert },
  { does: 'alert protocol_version', id: 'P2', make: act(stage.alerts(70)), ...alert },
  { does: 'alert insufficient_security', id: 'P2', make: act(stage.alerts(71)), ...alert },
  { does: 'alert internal_error', id: 'P2', make: act(stage.alerts(80)), ...alert },
  { does: 'alert unrecognized_name: it wants SNI', id: 'P2', make: act(stage.alerts(112)), ...alert },
  { does: 'alert access_denied', id: 'P2', make: act(stage.alerts(49)), ...alert },
  { does: 'alert of a number that nobody knows', id: 'P2', make: act(stage.alerts(200)), ...closed },
  { does: 'close_notify instead of a ServerHello', id: 'P2', make: act(stage.alerts(0, 1)), ...closed },
  {
    does: 'knows only the ALPN protocol h2: alert no_application_protocol',
    id: 'P2',
    make: fault('alpn-alert'),
    ...alert,
  },
  { does: 'TLS 1.0 only', id: 'P2', make: fault('tls10'), ...alert },
  { does: 'TLS 1.1 only', id: 'P2', make: act(stage.tls11), ...alert },
  { does: 'no cipher suite in common', id: 'P2', make: act(stage.noSharedCipher), ...alert },
  { does: 'no group in common', id: 'P2', make: act(stage.noSharedGroup), ...alert },
  { does: 'TLS 1.2 with 8192-bit Diffie-Hellman only', id: 'P13', make: fault('dhe-8192'), ...alert },
  { does: 'asks by HelloRetryRequest for ffdhe8192', id: 'P13', make: fault('hrr-ffdhe8192'), ...alert },
  { does: 'a record of garbage', id: 'P2', make: act(stage.garbage), ...notTls },
  { does: '16,384 octets of zero', id: 'P2', make: act(stage.zeros), ...notTls },
  { does: 'a record longer than any may be', id: 'P2', make: act(stage.oversizeRecord), ...notTls },
  { does: 'a sound record with nonsense in it', id: 'P2', make: act(stage.nonsenseRecord), ...alert },
  { does: '64 empty records', id: 'P2', make: act(stage.emptyRecords), ...notTls },
  { does: 'half a ServerHello, then silence', id: 'P2', make: act(stage.halfHello), ...silent },
  { does: 'half a ServerHello, then closes', id: 'P2', make: act(stage.halfHelloAndClose), ...closed },
  { does: 'an octet of its handshake a second', id: 'P2', make: act(stage.drips(1_000)), ...silent },
  {
    does: 'takes 600 ms for each of its flights',
    make: act(stage.lags(600)),
    probe: good(),
    // Do53 has answered when the session stands: nothing was written there, and nothing is any more.
    none: hedged('answer local', 'Good'),
  },
  {
    does: 'demands a certificate of ours',
    id: 'P2',
    make: act(stage.wantsClientCertificate),
    probe: bad('answer closed'),
    none: fallsBack('answer closed'),
  },
  {
    does: 'asks for a certificate of ours, and goes on without',
    id: 'P1',
    make: act(stage.asksClientCertificate),
    ...fine,
  },
  { does: 'TLS 1.2 only', id: 'P1', make: fault('tls12'), ...fine },
  { does: 'ignores ALPN', id: 'P1', make: fault('no-alpn'), ...fine },
  { does: 'an expired certificate', id: 'P1', make: fault('expired-cert'), ...fine },
  { does: 'a certificate signed by itself', id: 'P1', make: fault('self-signed'), ...fine },
  { does: 'a certificate for another name', id: 'P1', make: fault('wrong-name'), ...fine },
  {
    does: 'asks for a new handshake when it should answer',
    id: 'Q27',
    make: fault('renegotiate', { before: 'tls12' }),
    ...fails('answer closed'),
  },
  {
    does: 'asks for a new handshake as soon as the session stands',
    id: 'Q27',
    make: fault('renegotiate-at-once', { before: 'tls12' }),
    // The session is closed for it, after its answer, and a strike; the next success takes that back.
    ...harmless(),
  },
  {
    does: 'sends 2,000 session tickets',
    id: 'Q27',
    make: fault('ticket-flood'),
    probe: bad('answer malformed'),
    none: fallsBack('answer malformed'),
    calm: 200,
  },
  {
    does: 'answers once, and then changes its keys without end',
    id: 'Q43',
    make: fault('key-update-flood'),
    // The session is closed for it, and a strike; the next success takes that back.
    ...fine,
    calm: 200,
  },
  {
    does: 'answers once, and then sends empty records without end',
    id: 'Q43',
    make: fault('empty-records'),
    ...fine,
    calm: 200,
  },
];
