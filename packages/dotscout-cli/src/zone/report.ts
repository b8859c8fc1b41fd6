import { factsOf, painted } from '../look/line.js';
import { placeOf } from '../look/place.js';
import type { ProbeRecord } from '../look/record.js';
import { type Column, type Paint, tableOf, wrapped } from '../text.js';

/** What was found of a name server. */
export interface ServerFound {
  /** Its name, as the zone has it, in presentation format. */
  readonly name: string;
  /** A record an address; one that says so where there is none. */
  readonly records: readonly ProbeRecord[];
}

const COLUMNS: readonly Column[] = [
  { title: 'name server' },
  { title: 'address' },
  { title: 'verdict' },
  { title: 'found' },
];

/** Whether a name server speaks DoT at all of its addresses. */
export function isEncrypted({ records }: ServerFound): boolean {
  return records.every(({ verdict }) => verdict === 'good');
}

/**
 * What was found of a zone's name servers, in lines for people: a table; on a terminal that is too narrow for it, one below the
 * other.
 *
 * @param zone - its name
 * @param found - of each name server
 * @param paint - colours the verdicts
 * @param width - columns of a line
 */
export function reportOf(zone: string, found: readonly ServerFound[], paint: Paint, width: number): string[] {
  const good = found.filter(isEncrypted).length;
  const servers = `${found.length} name server${found.length === 1 ? '' : 's'}`;
  const head = wrapped(`${zone}: ${good} of ${servers} ${good === 1 ? 'speaks' : 'speak'} DoT`, width, '  ');
  return [...head, '', ...(tableFor(found, paint, width) ?? found.flatMap((one) => listOf(one, paint, width)))];
}

/** `undefined` where it is too wide. */
function tableFor(found: readonly ServerFound[], paint: Paint, width: number): string[] | undefined {
  const records = found.flatMap(({ name, records }) => records.map((record) => ({ name, record })));
  const rows = records.map(({ name, record }) => [name, placeOf(record), record.verdict, factsOf(record).join(', ')]);
  const [title = '', rule = '', ...lines] = tableOf(COLUMNS, rows);
  if (Math.max(title.length, ...lines.map(({ length }) => length)) > width) return undefined;
  const coloured = lines.map((line, at) => {
    const verdict = records[at]?.record.verdict ?? 'unknown';
    // Neither a name nor an address has a blank in it.
    return line.replace(` ${verdict} `, ` ${painted(verdict, paint)} `);
  });
  return [title, rule, ...coloured];
}

function listOf({ name, records }: ServerFound, paint: Paint, width: number): string[] {
  const lines = records.flatMap((record) => [
    `  ${painted(record.verdict, paint)}  ${placeOf(record)}`.trimEnd(),
    ...wrapped(`    ${factsOf(record).join(', ')}`, width, '    '),
  ]);
  return [name, ...lines];
}
