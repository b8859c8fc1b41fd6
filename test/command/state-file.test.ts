import { expect, it } from 'vitest';
import { linesOf } from '../../packages/dotscout-cli/src/state-file/dump.js';
import { jsonOf, storyOf } from '../../packages/dotscout-cli/src/state-file/explain.js';
import { TransportSelector } from '../../src/index.js';
import { parseAddress } from '../../src/state/index.js';
import type { StoredVerdict } from '../../src/store/index.js';
import { VirtualClock } from '../../src/testing/index.js';

const NOW = Date.UTC(2026, 10, 27, 12);
const HOUR = 3_600_000;
const PLACE = { port: 853, transport: 'dot', savedAt: NOW - HOUR } as const;
const GOOD: StoredVerdict = {
  ...PLACE,
  ...{ address: '192.0.2.10', verdict: 'good', leftMs: 72 * HOUR, refreshMs: 50 * HOUR, heldMs: HOUR, level: 0 },
};
const BAD: StoredVerdict = {
  ...PLACE,
  ...{ address: '192.0.2.9', verdict: 'bad', leftMs: 2 * HOUR, heldMs: 0, level: 2 },
  ...{ phase: 'connect', kind: 'silent', controlled: false, formerlyGood: true },
};
const fileOf = (...verdicts: StoredVerdict[]) => ({ verdicts, records: verdicts.length, problems: [] });
const dumpOf = (...verdicts: StoredVerdict[]) => [...linesOf(fileOf(...verdicts), NOW, { utc: true, endpoints: true })];

it('a dump is in the order of addresses, one line an endpoint', () => {
  const other: StoredVerdict = { ...GOOD, address: '2001:db8::1', localAddress: '2001:db8::99', zone: 'a b.test.' };
  expect(dumpOf(other, GOOD, BAD)).toEqual([
    '; DoT probing map follows',
    '; ip\tdomain\tcount\tstatus\tttd\tendpoint',
    '; 0 Busy entries',
    '192.0.2.9\t.\t0\tBad\t2026-11-27T13:00:00Z\t853',
    '192.0.2.10\t.\t0\tGood\t2026-11-30T11:00:00Z\t853',
    '2001:db8::1\ta\\032b.test.\t0\tGood\t2026-11-30T11:00:00Z\t853 2001:db8::99',
  ]);
});

it('a dump has the layout of selector.dump()', async () => {
  const clock = new VirtualClock({ wall: NOW });
  const selector = new TransportSelector({ clock, guard: { allow: ['192.0.2.0/24'] } });
  selector.report(selector.decide('192.0.2.10'), { transport: 'dot', ok: true, rcode: 0 });
  const stored = [...selector.export()];
  expect(`${dumpOf(...stored).join('\n')}\n`).toBe(selector.dump({ utc: true, endpoints: true }));
  await selector.close();
});

it('a dump is byte for byte PowerDNS Recursor’s: five columns, times local without a zone', () => {
  const local = (at: number) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  const lines = linesOf(fileOf(GOOD, { ...BAD, zone: 'example.org.' }), NOW, {});
  expect(lines).toEqual([
    '; DoT probing map follows',
    '; ip\tdomain\tcount\tstatus\tttd',
    '; 0 Busy entries',
    `192.0.2.9\texample.org.\t0\tBad\t${local(NOW + HOUR)}`,
    `192.0.2.10\t.\t0\tGood\t${local(NOW + 71 * HOUR)}`,
  ]);
});

it('what has ended since is what a resolver that starts now would make of it', () => {
  const [, , , good, bad] = linesOf(fileOf({ ...GOOD, leftMs: HOUR / 2, address: '192.0.2.1' }, BAD), NOW, {
    utc: true,
  });
  expect(good).toContain('\tUnknown\t2026-11-27T11:30:00Z');
  expect(bad).toContain('\tBad\t');
});

it('a clock that has gone back adds nothing', () => {
  const [, , , line] = linesOf(fileOf({ ...GOOD, savedAt: NOW + HOUR, leftMs: -1 }), NOW, { utc: true });
  expect(line).toContain('\tUnknown\t');
});

it('a server is explained to programs: what is stored, and what follows', () => {
  const address = parseAddress('192.0.2.10');
  const [line = ''] = jsonOf(address, [GOOD], NOW);
  expect(JSON.parse(line)).toEqual({ ...GOOD, status: 'Good', until: '2026-11-30T11:00:00.000Z', isOver: false });
  expect(jsonOf(address, [], NOW)).toEqual(['{"address":"192.0.2.10","verdict":null,"status":"Unknown"}']);
});

it('on 40 columns no line of an explanation is longer', () => {
  const lines = storyOf(BAD, NOW, 40);
  expect(lines.filter((line) => line.length > 40)).toEqual([]);
  expect(lines).toContain('  failed');
  expect(lines).toContain('    connect: silent, our own path may');
});

it('a server is explained in words', () => {
  expect(storyOf(GOOD, NOW, Number.POSITIVE_INFINITY)).toEqual([
    '192.0.2.10 port 853  Good',
    '  written     2026-11-27T11:00:00Z, 1 h ago',
    '  since       2026-11-27T10:00:00Z, 2 h ago',
    '  refresh     2026-11-29T13:00:00Z, in 2 d 1 h, if it is used',
    '  until       2026-11-30T11:00:00Z, in 2 d 23 h',
    '  so          a resolver that starts now asks it over DoT',
  ]);
  expect(storyOf(BAD, NOW, Number.POSITIVE_INFINITY)).toEqual([
    '192.0.2.9 port 853  Bad',
    '  written     2026-11-27T11:00:00Z, 1 h ago',
    '  since       2026-11-27T11:00:00Z, 1 h ago',
    '  failed      connect: silent, our own path may have been down, 2 more before it',
    '  before      it was Good',
    '  until       2026-11-27T13:00:00Z, in 1 h',
    '  so          asked in clear text, and left alone until then',
  ]);
  expect(storyOf({ ...BAD, leftMs: 0 }, NOW, Number.POSITIVE_INFINITY).at(-1)).toContain('its next contact probes it');
  const unknown: StoredVerdict = { ...PLACE, address: '192.0.2.1', verdict: 'unknown', leftMs: 2 * HOUR, level: 0 };
  expect(storyOf(unknown, NOW, Number.POSITIVE_INFINITY).at(-1)).toContain('its first contact probes it at once');
});
