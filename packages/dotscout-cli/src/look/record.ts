import type { ProbeResult } from 'dotscout';

/** What one probe has found; `--json` and `scan` write this. What does not apply is null. Times are milliseconds. */
export interface ProbeRecord {
  /** The canonical address; null where a name has none. */
  readonly address: string | null;
  /** The DoT port. */
  readonly port: number;
  /** `unknown`: the probe has shown nothing about the server. */
  readonly verdict: 'good' | 'bad' | 'unknown';
  /** How it failed, or why nothing was learned; null where it is good. */
  readonly kind: string | null;
  /** The TLS version. */
  readonly tls: string | null;
  /** The ALPN protocol agreed on. */
  readonly alpn: string | null;
  /** Whether the certificate is trusted for this address; says nothing about the verdict. */
  readonly authorized: boolean | null;
  /** The Base64 of the SHA-256 of the server's public key (RFC 7858 section 4.2). */
  readonly spki: string | null;
  readonly connectMs: number | null;
  readonly handshakeMs: number | null;
  readonly answerMs: number | null;
  /** In which phase it failed. */
  readonly phase: string | null;
  /** Of a failure: whether our own path was up meanwhile. */
  readonly controlled: boolean | null;
  /** The response code over DoT. */
  readonly rcode: number | null;
  /** The name that led here. */
  readonly name: string | null;
}

/** Which endpoint a record is of. */
export interface RecordKey {
  readonly address: string | null;
  readonly port: number;
  readonly name: string | null;
}

/**
 * The record of a probe that was not made.
 *
 * @param key - of what
 * @param kind - why: `guard`, or `unresolved` for a name without an address
 */
export function unprobed({ address, port, name }: RecordKey, kind: 'guard' | 'unresolved'): ProbeRecord {
  const nothing = { ...NO_TLS, connectMs: null, handshakeMs: null, answerMs: null };
  return { address, port, verdict: 'unknown', kind, ...nothing, phase: null, controlled: null, rcode: null, name };
}

/**
 * The record of a probe.
 *
 * @param key - of what
 * @param result - what it found
 */
export function recordOf({ address, port, name }: RecordKey, result: ProbeResult): ProbeRecord {
  const { tls, times, rcode = null } = result;
  return {
    address,
    port,
    ...verdictOf(result),
    ...(tls === undefined
      ? NO_TLS
      : { tls: tls.protocol, alpn: tls.alpn || null, authorized: tls.authorized, spki: tls.spki ?? null }),
    connectMs: rounded(times.connect),
    handshakeMs: rounded(times.handshake),
    answerMs: rounded(times.answer),
    ...failureOf(result),
    rcode,
    name,
  };
}

const NO_TLS = { tls: null, alpn: null, authorized: null, spki: null } as const;

function verdictOf({ evidence }: ProbeResult): Pick<ProbeRecord, 'verdict' | 'kind'> {
  if (evidence.result === 'success') return { verdict: 'good', kind: null };
  if (evidence.result === 'failure') return { verdict: 'bad', kind: evidence.kind };
  return { verdict: 'unknown', kind: evidence.why };
}

function failureOf({ evidence }: ProbeResult): Pick<ProbeRecord, 'phase' | 'controlled'> {
  if (evidence.result !== 'failure') return { phase: null, controlled: null };
  return { phase: evidence.phase, controlled: evidence.controlled };
}

/** To the tenth of a millisecond: what is beyond comes from our own machine. */
export function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 10) / 10;
}
