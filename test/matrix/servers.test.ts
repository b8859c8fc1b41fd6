import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readArguments } from '../../matrix/arguments.js';
import { outcomeOf } from '../../matrix/row.js';
import { habitsInWords } from '../../matrix/servers/habits.js';
import { serverRows } from '../../matrix/servers/rows.js';
import { judged } from '../../matrix/servers/traffic.js';
import { tableOf } from '../../matrix/table.js';
import { ArgumentError } from '../../tools/arguments.js';
import { NotInstalled, Place } from '../../tools/place.js';

/** A tree of another system in which these programs are installed. */
function rootWith(...programs: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'dotscout-root-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'usr/sbin'), { recursive: true });
  for (const name of programs) writeFileSync(join(root, 'usr/sbin', name), '', { mode: 0o755 });
  return root;
}

describe('npm run matrix -- servers', () => {
  it('reads its arguments', () => {
    expect(readArguments(['servers'])).toMatchObject({ servers: true, root: undefined });
    expect(readArguments(['servers', '--root', '/other', '--quick'])).toMatchObject({ root: '/other', quick: true });
    expect(() => readArguments(['--root', '/other'])).toThrow(ArgumentError);
  });

  it('runs what is installed in another tree through chroot', () => {
    const root = rootWith('nsd');
    const [program, ...args] = new Place(root).command('nsd', 'nsd', ['-d']);
    expect(program).toMatch(/\/chroot$/);
    expect(args).toEqual([root, '/usr/sbin/nsd', '-d']);
    expect(() => new Place(root).command('named', 'bind9', [])).toThrow(NotInstalled);
    expect(() => new Place(join(root, 'nowhere'))).toThrow(/no system/);
  });

  it('has a row for each server, "not run" where it is not installed', async () => {
    const rows = await serverRows(rootWith());
    expect(rows.map(({ place }) => place)).toEqual([
      'NSD',
      'BIND',
      'Knot',
      'dnsdist, PowerDNS',
      'Unbound',
      'Knot Resolver',
    ]);
    const outcomes = await Promise.all(rows.map(outcomeOf));
    expect(new Set(outcomes.map(({ verdict }) => verdict))).toEqual(new Set(['not run']));
    expect(tableOf(outcomes)[1]).toMatch(/^NSD +all +not run +\d+\.\d s +not installed there: nsd$/);
  });

  it('judges: no query may fail, none in clear text be without a reason', () => {
    const tally = { asked: 9, failed: 0, unanswerable: 0, clear: 2, demoted: 0 };
    expect(judged(tally, { fallback: 1, hedge: 2 })).toBe('9 queries, 0 failed, 2 clear (fallback 1, hedge 2)');
    expect(judged({ ...tally, clear: 0, unanswerable: 3, demoted: 4 }, {})).toBe(
      '9 queries, 0 failed, 0 clear, 3 failed while it was away, 4 clear while it was not Good',
    );
    expect(() => judged({ ...tally, failed: 1 }, { fallback: 2 })).toThrow('9 queries, 1 failed, 2 clear (fallback 2)');
    expect(() => judged(tally, { fallback: 1 })).toThrow(
      '9 queries, 0 failed, 2 clear (fallback 1): 1 without a reason',
    );
  });

  it('says how a server behaves in a line', () => {
    const habits = {
      versions: ['TLSv1.2', 'TLSv1.3'],
      alpn: 'dot',
      tickets: [2, 1] as const,
      answeredOfRecord: 5,
      lengths: [468, 57] as const,
      keepaliveSeconds: undefined,
      closesAfter: [0.52, undefined] as const,
      firstAnswerMs: 41.3,
    };
    expect(habitsInWords(habits)).toBe(
      'TLSv1.2 and TLSv1.3; ALPN dot; tickets 2, resumed 1; answers 5 of 5 in a record; answer of 468 octets, unasked 57; ' +
        'keepalive none; first answer 41 ms; closes not, unused after 0.5 s',
    );
  });
});
