import type { TlsFacts } from 'dotscout';
import { labelled, type Paint, tableOf, visible, wrapped } from '../text.js';
import type { Both } from './ask-both.js';
import { type Difference, recordsOf, SECTIONS, type Section, sectionOf } from './compare.js';
import { recordText } from './record-text.js';
import type { Answered, Side } from './side.js';

/** What was asked of whom, for people. */
export interface Asked {
  /** In presentation format. */
  readonly name: string;
  readonly type: string;
  /** As people write it. */
  readonly server: string;
}

/**
 * How a server answers over DoT and over Do53, in lines for people.
 *
 * @param asked - what was asked of whom
 * @param both - what came
 * @param differences - in what it differs
 * @param paint - colours what differs
 * @param width - columns of a line
 */
export function reportOf(
  { name, type, server }: Asked,
  { dot, do53, tls }: Both,
  differences: readonly Difference[],
  paint: Paint,
  width: number,
): string[] {
  const [colour, verdict] = verdictOf(dot, do53, differences);
  const head = wrapped(visible(`${name} ${type} @${server}`), width, '  ');
  return [
    ...head,
    ...wrapped(verdict, width, '  ').map((line) => paint(colour, line)),
    '',
    ...tableFor(rowsOf(dot, do53, differences), width),
    ...(tls === undefined ? [] : ['', ...tlsLines(tls, width)]),
    ...recordLines(dot, do53, width),
  ];
}

function verdictOf(dot: Side, do53: Side, differences: readonly Difference[]): ['green' | 'red', string] {
  if (dot.failure !== null && do53.failure !== null) return ['red', 'no answer over DoT nor over Do53'];
  if (dot.failure !== null) return ['red', `no answer over DoT (${dot.failure}); Do53 answers`];
  if (do53.failure !== null) return ['red', `no answer over Do53 (${do53.failure}); DoT answers`];
  if (differences.length > 0) return ['red', `DoT and Do53 differ: ${differences.join(', ')}`];
  return ['green', 'the same over DoT and Do53'];
}

/** One beside the other; on a terminal that is too narrow, one below the other. */
function tableFor(rows: readonly (readonly [label: string, dot: string, do53: string])[], width: number): string[] {
  const table = tableOf([{ title: '' }, { title: 'DoT' }, { title: 'Do53' }], rows);
  if (Math.max(...table.map(({ length }) => length)) <= width) return table;
  return rows.flatMap(([label, dot, do53]) =>
    dot === '-' && do53 === '-'
      ? []
      : [label, ...wrapped(`  DoT   ${dot}`, width, '        '), ...wrapped(`  Do53  ${do53}`, width, '        ')],
  );
}

function rowsOf(dot: Side, do53: Side, differences: readonly Difference[]): [string, string, string][] {
  const row = (label: string, of: (side: Side) => string): [string, string, string] => [label, of(dot), of(do53)];
  const known = (of: (side: Answered) => string) => (side: Side) => (side.failure === null ? of(side) : '-');
  const differs = (label: Difference) => (differences.includes(label) ? `${label} *` : label);
  return [
    row(differs('rcode'), (side) => (side.failure === null ? side.rcode : 'none')),
    row(
      differs('flags'),
      known(({ flags }) => flags.join(' ') || '-'),
    ),
    row(
      differs('worth'),
      known(({ worth, word }) => (word === worth ? worth : `${worth}, ${word}`)),
    ),
    ...SECTIONS.map((name) =>
      row(
        differs(name),
        known((side) => recordCount(recordsOf(side, name).length)),
      ),
    ),
    row(
      'octets',
      known(({ octets }) => `${octets}`),
    ),
    row(
      'padding',
      known(({ padding }) => (padding === null ? '-' : `${padding}`)),
    ),
    row('connect', ({ connectMs }) => ms(connectMs)),
    row('handshake', ({ handshakeMs }) => ms(handshakeMs)),
    row('time', ({ answerMs }) => ms(answerMs)),
  ];
}

function recordCount(many: number): string {
  return many === 1 ? '1 record' : `${many} records`;
}

function ms(value: number | null): string {
  return value === null ? '-' : `${value} ms`;
}

function tlsLines({ protocol, cipher, alpn, authorized, authorizationError, spki }: TlsFacts, width: number): string[] {
  const trust = authorized ? 'trusted for this address' : `not trusted (${authorizationError ?? 'no reason given'})`;
  return [
    ...labelled('TLS', `${protocol}, ${cipher}`, width),
    ...labelled('ALPN', alpn === false ? 'none' : visible(alpn), width),
    ...labelled('certificate', trust, width),
    ...(spki === undefined ? [] : labelled('key', `sha256 ${spki}`, width)),
  ];
}

/** Where both have the same, as DoT had them; else each with those that have it. */
function recordLines(dot: Side, do53: Side, width: number): string[] {
  if (dot.failure !== null || do53.failure !== null) {
    const side = dot.failure === null ? dot : do53;
    return side.failure === null ? SECTIONS.flatMap((name) => section(name, textsOf(side, name), width)) : [];
  }
  return SECTIONS.flatMap((name) => {
    const shared = sectionOf(name, dot, do53);
    if (shared.every((one) => one.dot && one.do53)) return section(name, textsOf(dot, name), width);
    const told = shared.map((one) => `${one.dot ? (one.do53 ? 'both' : 'DoT ') : 'Do53'}  ${one.text}`);
    return section(`${name} *`, told, width);
  });
}

function textsOf(side: Answered, name: Section): readonly string[] {
  return recordsOf(side, name).map(recordText);
}

function section(title: string, texts: readonly string[], width: number): string[] {
  if (texts.length === 0) return [];
  return ['', title, ...texts.flatMap((text) => wrapped(`  ${text}`, width, '    '))];
}
