import { rcodeName } from '../../../../src/resolver/rcodes.js';
import { type Paint, wrapped } from '../text.js';
import { placeOf } from './place.js';
import type { ProbeRecord } from './record.js';

const COLOURS = { good: 'green', bad: 'red', unknown: 'yellow' } as const;

/**
 * What a probe has found, in a line for people; on a narrow terminal in several.
 *
 * @param record - what it found
 * @param paint - colours the verdict
 * @param width - columns of a line
 */
export function linesOf(record: ProbeRecord, paint: Paint, width: number): string[] {
  const { name, verdict } = record;
  const place = placeOf(record);
  const who = name === null ? place : `${name} ${place === '' ? '' : `(${place})`}`.trimEnd();
  const mark = verdict.padEnd('unknown'.length);
  const [first = '', ...rest] = wrapped(`${mark}  ${who}  ${factsOf(record).join(', ')}`, width, '  ');
  return [`${painted(verdict, paint)}${first.slice(verdict.length)}`, ...rest];
}

/** A verdict in its colour. */
export function painted(verdict: ProbeRecord['verdict'], paint: Paint): string {
  return paint(COLOURS[verdict], verdict);
}

/** What there is to say of a probe: why not, and what it saw. */
export function factsOf(record: ProbeRecord): string[] {
  const { verdict, kind, phase, controlled, rcode, address } = record;
  if (kind === 'guard') return [`the guard forbids it; --allow ${address?.split('%')[0]} admits it`];
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
