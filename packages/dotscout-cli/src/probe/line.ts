import type { ProbeRecord } from '../look/record.js';
import type { Paint } from '../text.js';

const COLOURS = { good: 'green', bad: 'red', unknown: 'yellow' } as const;
const DOT_PORT = 853;

/** What a probe has found, in one line for people. */
export function lineOf(record: ProbeRecord, paint: Paint): string {
  const { address, port, name, verdict } = record;
  const place = address === null ? '' : `${address}${port === DOT_PORT ? '' : ` port ${port}`}`;
  const who = name === null ? place : `${name} ${place === '' ? '' : `(${place})`}`.trimEnd();
  return `${paint(COLOURS[verdict], verdict.padEnd('unknown'.length))}  ${who}  ${factsOf(record).join(', ')}`;
}

function factsOf(record: ProbeRecord): string[] {
  const { verdict, kind, phase, controlled, rcode } = record;
  if (kind === 'guard') return ['the guard forbids it; --allow admits it'];
  if (kind === 'unresolved') return ['no address found'];
  if (verdict === 'unknown') return [`nothing learned: ${kind}`];
  const failed = verdict === 'bad' ? [`${phase}: ${kind}`] : [];
  const uncontrolled = controlled === false ? ['no answer over Do53 either'] : [];
  const answered = rcode === null ? [] : [rcodeName(rcode)];
  return [...failed, ...uncontrolled, ...tlsFacts(record), ...answered, ...times(record)];
}

function tlsFacts({ tls, alpn, authorized }: ProbeRecord): string[] {
  if (tls === null) return [];
  return [tls, alpn === null ? 'no ALPN' : `ALPN ${alpn}`, authorized === true ? 'trusted' : 'not trusted'];
}

function times({ connectMs, handshakeMs, answerMs }: ProbeRecord): string[] {
  const known = [connectMs, handshakeMs, answerMs].filter((ms) => ms !== null);
  return known.length === 0 ? [] : [`${known.join(' + ')} ms`];
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** A response code as people call it. */
export function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? `RCODE ${rcode}`;
}
