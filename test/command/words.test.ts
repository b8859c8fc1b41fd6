import { afterEach, expect, it, vi } from 'vitest';
import { factsOf, linesOf } from '../../packages/dotscout-cli/src/look/line.js';
import { type ProbeRecord, unprobed } from '../../packages/dotscout-cli/src/look/record.js';
import { BadLines } from '../../packages/dotscout-cli/src/scan/bad-lines.js';
import { Brakes } from '../../packages/dotscout-cli/src/scan/brakes.js';
import { ScanProgress } from '../../packages/dotscout-cli/src/scan/progress.js';
import { ScanCounts } from '../../packages/dotscout-cli/src/scan/scan-counts.js';
import { duration, labelled, paintFor, visible, widthOf, wrapped } from '../../packages/dotscout-cli/src/text.js';
import { VirtualClock } from '../../src/testing/index.js';

afterEach(() => vi.unstubAllEnvs());

it.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: '1' }, false],
  [{ isTTY: true }, { NO_COLOR: '' }, true],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
  [{ isTTY: false }, {}, false],
  [{}, { CI: '1', FORCE_COLOR: '1' }, false],
])('colours: output %j, environment %j: %s', (output, environment, coloured) => {
  const text = paintFor({ ...output, write: () => true }, environment)('green', 'good');
  expect(text).toBe(coloured ? '\u001b[32mgood\u001b[39m' : 'good');
});

it.each([
  [0, '0 s'],
  [8_400, '8 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
  [273_600_000, '3 d 4 h'],
])('%i ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it('the table of kinds has the most frequent first, and all at the end', () => {
  const tally = new ScanCounts();
  const bad = { verdict: 'bad', kind: 'refused', phase: 'connect', tls: null } as const;
  tally.add({ verdict: 'good', kind: null, phase: null, tls: 'TLSv1.3' });
  for (let i = 0; i < 3; i++) tally.add(bad);
  expect(tally.table(80)).toEqual([
    'verdict  kind             addresses    share',
    '--------------------------------------------',
    'bad      connect refused          3   75.0 %',
    'good     TLSv1.3                  1   25.0 %',
    'all                               4  100.0 %',
  ]);
});

it('kinds that a file invents have a bound', () => {
  const tally = new ScanCounts();
  for (let i = 0; i < 10_000; i++) tally.add({ verdict: 'bad', kind: `kind${i}`, phase: null, tls: null });
  expect(tally.table(80)).toHaveLength(103);
  expect(tally.records).toBe(10_000);
});

it('the first bad lines are told with their numbers, the others counted, none draws on the terminal', () => {
  const bad = new BadLines('list');
  bad.add({ number: 7, text: '\u001b[2J192.0.2.300', octets: 1 });
  bad.add({ number: 8, text: undefined, octets: 9_999 });
  for (let number = 9; number < 2_008; number++) bad.add({ number, text: 'x y', octets: 4 });
  const told = bad.lines();
  expect(told[0]).toBe('list, line 7: neither an address nor a name: "\\u001b[2J192.0.2.300"');
  expect(told[1]).toBe('list, line 8: too long');
  expect(told).toHaveLength(11);
  expect(told[10]).toBe('list: 1,991 more such lines');
});

/** A terminal that keeps what is drawn, without what moves the cursor. */
function terminal(isTTY: boolean, columns = 120) {
  const drawn: string[] = [];
  const stream = {
    isTTY,
    columns,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
    on: () => stream,
    once: () => stream,
    removeListener: () => stream,
    write: (text: string) => drawn.push(text) > 0,
  };
  return {
    drawn,
    stream: stream as unknown as NodeJS.WriteStream,
    last: () => drawn.findLast((text) => text.includes('probed')),
  };
}

it('the bar shows how far it is, the rate of late, and the time that is left', async () => {
  vi.stubEnv('TERM', 'xterm');
  const { stream, last } = terminal(true);
  const clock = new VirtualClock();
  const bar = new ScanProgress(stream, 1_000, clock);
  await clock.advance(20_000);
  bar.show({ octets: 300, skippedOctets: 100, probed: 2_000, inFlight: 12 });
  await clock.advance(10_000);
  bar.show({ octets: 600, skippedOctets: 100, probed: 5_000, inFlight: 12 });
  bar.end();
  // 500 octets in 30 s, 400 to go; 3,000 in the latest 10 s.
  expect(last()).toContain('[##############----------] 60 %  5,000 probed  300/s  12 in flight  24 s left');
});

it('of an input whose length nobody knows, it shows what is known', async () => {
  vi.stubEnv('TERM', 'xterm');
  const { stream, last } = terminal(true);
  const clock = new VirtualClock();
  const bar = new ScanProgress(stream, undefined, clock);
  await clock.advance(5_000);
  bar.show({ octets: 300, skippedOctets: 0, probed: 500, inFlight: 1 });
  bar.end();
  expect(last()).toContain('500 probed  100/s  1 in flight  5 s');
});

it.each([
  [false, 'xterm'],
  [true, 'dumb'],
])('nothing is drawn on what is no terminal: %s, %s', (isTTY, term) => {
  vi.stubEnv('TERM', term);
  const { stream, drawn } = terminal(isTTY);
  const bar = new ScanProgress(stream, 1_000, new VirtualClock());
  bar.show({ octets: 300, skippedOctets: 0, probed: 500, inFlight: 1 });
  bar.end();
  expect(drawn).toEqual([]);
});

it.each([
  [120, '[##############----------] 60 %  5,000 probed  300/s  12 in flight  24 s left  held back by --prefix-rate'],
  [80, '60 %  5,000 probed  300/s  12 in flight  24 s left  held back by --prefix-rate'],
  [60, '60 %  5,000 probed  24 s left  --prefix-rate'],
  [40, '60 %  5,000  --prefix-rate'],
  [10, '60 %'],
])('on %i columns the bar names the brake, and fits', async (columns, expected) => {
  vi.stubEnv('TERM', 'xterm');
  const { stream, drawn } = terminal(true, columns);
  const clock = new VirtualClock();
  const bar = new ScanProgress(stream, 1_000, clock);
  await clock.advance(20_000);
  bar.show({ octets: 300, skippedOctets: 100, probed: 2_000, inFlight: 12 });
  await clock.advance(10_000);
  bar.show({ octets: 600, skippedOctets: 100, probed: 5_000, inFlight: 12, brake: '--prefix-rate' });
  bar.end();
  expect(drawn).toContain(expected);
  expect(drawn.filter((text) => text.length >= Math.max(columns, 20))).toEqual([]);
});

it('the brakes of a scan are told with their times, the strongest first, and none that hardly held', () => {
  const brakes = new Brakes(0);
  brakes.note('--rate', 0);
  brakes.note('--prefix-rate', 2_000);
  brakes.note('the resolver', 8_000);
  brakes.note(undefined, 8_100);
  expect(brakes.summary(10_000)).toEqual(['held back by --prefix-rate for 6 s (60 %), --rate for 2 s (20 %)']);
  expect(brakes.current).toBeUndefined();
  expect(new Brakes(0).summary(10_000)).toEqual([]);
});

it('on 40 columns the table of kinds goes without its shares', () => {
  const tally = new ScanCounts();
  for (let i = 0; i < 1_234; i++) tally.add({ verdict: 'bad', kind: 'not-tls', phase: 'handshake', tls: null });
  expect(tally.table(40)).toEqual([
    'verdict  kind               addresses',
    '-------------------------------------',
    'bad      handshake not-tls      1,234',
    'all                             1,234',
  ]);
});

it('a text is broken between words, and a word never', () => {
  expect(wrapped('  one two three', 9, '    ')).toEqual(['  one two', '    three']);
  expect(wrapped('2001:db8:0:0:8:800:200c:417a is long', 12)).toEqual(['2001:db8:0:0:8:800:200c:417a', 'is long']);
  expect(wrapped('short', Number.POSITIVE_INFINITY)).toEqual(['short']);
  expect(labelled('said', 'a word or two, and some more', 30)).toEqual([
    '  said',
    '    a word or two, and some',
    '    more',
  ]);
});

it.each([
  [{ isTTY: true, columns: 40 }, 40],
  [{ isTTY: true, columns: 3 }, 20],
  [{ isTTY: true }, Number.POSITIVE_INFINITY],
  [{ columns: 40 }, Number.POSITIVE_INFINITY],
])('the width of %j is %s: what is no terminal keeps a record on its line', (output, width) => {
  expect(widthOf({ ...output, write: () => true })).toBe(width);
});

it('no text of a stranger moves the cursor or turns the writing', () => {
  expect(visible('a\u001b[2J\r\n\u202e\u0085b\u2028')).toBe('a\\u{1b}[2J\\u{d}\\u{a}\\u{202e}\\u{85}b\\u{2028}');
  expect(visible('größe 80 %')).toBe('größe 80 %');
});

it('a probe is told in lines that fit, its verdict in its colour', () => {
  const record: ProbeRecord = {
    ...unprobed({ address: '192.0.2.1', port: 853, name: 'ns.example.net' }, 'guard'),
    ...{ verdict: 'good', kind: null, tls: 'TLSv1.3', rcode: 9, connectMs: 1.5, handshakeMs: 2, answerMs: 3 },
  };
  const lines = linesOf(record, (colour, text) => `<${colour} ${text}>`, 40);
  expect(lines).toEqual([
    '<green good>     ns.example.net (192.0.2.1)',
    '  TLSv1.3, no ALPN, not trusted,',
    '  NOTAUTH, 1.5 + 2 + 3 ms',
  ]);
  expect(factsOf({ ...record, verdict: 'unknown', kind: 'guard' })).toEqual([
    'the guard forbids it; --allow 192.0.2.1 admits it',
  ]);
});
