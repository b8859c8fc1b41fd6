import { describe, expect, it } from 'vitest';
import { dump } from '../../src/observe/entries.js';
import { EndpointTable, policies } from '../../src/state/index.js';
import { VirtualClock } from '../../src/testing/index.js';
import { codeOf } from '../support/lab.js';
import { DAY, HOUR, MINUTE, SECOND, servers, world } from '../support/world.js';

const A = '192.0.2.1';
const START = Date.UTC(2026, 0, 1);

describe('explain', () => {
  it('follows a server through its life, counting nothing', async () => {
    const w = world({ probes: { latencyMs: SECOND, script: { [A]: ['good', 'refused'] } } });
    const { selector, clock } = w;
    expect(selector.explain(A)).toEqual({
      endpoint: { key: `${A}|853|dot`, address: A, port: 853, transport: 'dot', localAddress: undefined },
      claims: [],
      status: 'Unknown',
      reason: 'unknown',
      since: undefined,
      until: undefined,
      why: 'it was never asked for, or is forgotten',
      next: 'a query counts a hit',
      contacts: 0,
      probe: { phase: 'idle', purpose: undefined },
      lame: [],
      lameZones: [],
      history: [],
    });
    selector.decide(A);
    expect(selector.explain(A)).toMatchObject({
      why: 'nothing is proven yet; 1 hit so far; it has not answered over Do53',
      next: 'more queries bring a probe; without them it is forgotten 2026-01-02T00:00:00.000Z',
      contacts: 1,
    });
    selector.pause();
    await w.ask(A);
    expect(selector.explain(A)).toMatchObject({
      next: 'a probe not before 2026-01-01T00:00:00.000Z',
      probe: { phase: 'wanted', purpose: 'discover' },
    });
    selector.resume();
    await clock.advance(0);
    expect(selector.explain(A)).toMatchObject({
      status: 'Busy',
      reason: 'busy',
      next: 'its probe ends by 2026-01-01T00:00:07.000Z',
      probe: { phase: 'in-flight', purpose: 'discover' },
    });
    await clock.advance(SECOND);
    const good = selector.explain(A);
    expect(good).toMatchObject({ status: 'Good', reason: 'good', why: 'DoT is proven: probe-success' });
    expect(good.next).toMatch(
      /^it ends 2026-01-04T00:00:01.000Z, unless a query from 2026-01-03T.* on brings a probe$/,
    );
    expect([Number(good.since), Number(good.until)]).toEqual([START + SECOND, START + SECOND + 3 * DAY]);
    await clock.advance(3 * DAY);
    expect(selector.explain(A)).toMatchObject({
      status: 'Unknown',
      why: expect.stringContaining('it was Good before'),
    });
    await w.contact(A);
    await clock.advance(SECOND);
    const bad = selector.explain(A);
    expect(bad).toMatchObject({
      status: 'Bad',
      reason: 'bad',
      why: 'DoT failed (connect refused): probe-failure, connect refused',
      contacts: 3,
    });
    expect(bad.next).toBe(`the first query from ${bad.until?.toISOString()} on brings a probe`);
    expect(bad.history.map(({ from, to, why }) => `${from}-${to} ${why}`)).toEqual([
      'unknown-good probe-success',
      'good-unknown expired',
      'unknown-bad probe-failure',
    ]);
  });

  it.each([
    ['127.0.0.1', 'guard', 'the guard forbids the address'],
    [`${A}:5353`, 'port', 'its Do53 port is not 53 and no DoT port was named'],
    [`${A}:853`, 'port-853', 'port 853 means DoT and nothing else'],
  ])('%s: %s', (server, reason, why) => {
    expect(world().selector.explain(server)).toMatchObject({ reason, why, next: 'nothing' });
  });

  it('after the end', async () => {
    const w = world();
    await w.end();
    expect(w.selector.explain(A)).toMatchObject({ reason: 'closed', why: 'the selector is closed' });
    expect(w.selector.decide(A)).toMatchObject({ action: 'clear', reason: 'closed' });
    expect(w.selector.decide(`${A}:853`)).toMatchObject({ action: 'refuse', reason: 'closed' });
  });
});

describe('entries', () => {
  it('all that is remembered, in the order of the first contacts', async () => {
    const w = world();
    w.selector.decide({ address: '192.0.2.2', zone: 'Example.org', nameserver: 'ns.example.org' });
    w.makeGood(A);
    await w.clock.advance(SECOND);
    w.selector.decide('192.0.2.2');
    expect(w.entries()).toEqual([
      {
        endpoint: expect.objectContaining({ address: '192.0.2.2', port: 853 }),
        status: 'Unknown',
        since: new Date(START),
        until: new Date(START + DAY),
        contacts: 2,
        zone: 'example.org.',
        nameserver: 'ns.example.org',
      },
      {
        endpoint: expect.objectContaining({ address: A }),
        status: 'Good',
        since: new Date(START),
        until: new Date(START + 3 * DAY),
        contacts: 1,
        zone: undefined,
        nameserver: undefined,
      },
    ]);
  });
});

describe('dump', () => {
  it('the design’s example, byte for byte', async () => {
    const w = world();
    w.clock.stepWall(Date.UTC(2026, 10, 23, 15, 10, 51) - START);
    w.selector.report(w.selector.decide({ address: '192.0.2.53', zone: 'Example.org' }), {
      ...{ transport: 'dot', ok: true, rcode: 0 },
    });
    for (let i = 0; i < 4_597; i++) w.selector.decide('192.0.2.53');
    const header = '; DoT probing map follows\n; ip\tdomain\tcount\tstatus\tttd\n; 0 Busy entries\n';
    const row = '192.0.2.53\texample.org.\t4597\tGood\t2026-11-26T15:10:51';
    expect(w.selector.dump({ utc: true })).toBe(`${header}${row}Z\n`);
    // Local time without a zone is UTC less the offset of that day.
    const offset = new Date('2026-11-26T15:10:51Z').getTimezoneOffset() * MINUTE;
    const local = new Date(Date.UTC(2026, 10, 26, 15, 10, 51) - offset).toISOString().slice(0, 19);
    expect(w.selector.dump()).toBe(`${header}${row.replace('2026-11-26T15:10:51', local)}\n`);
  });

  it('rows in address order, Busy counted, names escaped, more columns only on request', async () => {
    const w = world({ policy: { threshold: 1, onlyAfterAnswer: false }, probes: { otherwise: 'never' } });
    const zones = { '203.0.113.9': 'a\\032b.example', '2001:db8::1': 'tab\\009.example', '192.0.2.10': undefined };
    for (const [address, zone] of Object.entries(zones)) w.selector.decide({ address, zone, dotPort: 8853 });
    w.selector.decide({ address: '192.0.2.9', localAddress: '198.51.100.1' });
    await w.clock.advance(SECOND);
    const rows = w.selector.dump({ utc: true, endpoints: true }).split('\n');
    const until = '2026-01-02T00:00:00Z';
    expect(rows).toEqual([
      '; DoT probing map follows',
      '; ip\tdomain\tcount\tstatus\tttd\tendpoint',
      '; 4 Busy entries',
      `192.0.2.9\t.\t0\tBusy\t${until}\t853 198.51.100.1`,
      `192.0.2.10\t.\t0\tBusy\t${until}\t8853`,
      `203.0.113.9\ta\\032b.example.\t0\tBusy\t${until}\t8853`,
      `2001:db8::1\ttab\\009.example.\t0\tBusy\t${until}\t8853`,
      '',
    ]);
  });

  it('a name that is no printable ASCII, however it came in: octet by octet', () => {
    const table = new EndpointTable(policies.default);
    const { record } = table.contact({ key: `${A}|853|dot`, address: A, port: 853, transport: 'dot' }, 0);
    if (record === undefined) throw new Error('no room');
    record.zone = 'a b\tc\u{fc}\n.example.';
    const [, , , row] = dump([record], new VirtualClock(), { utc: true }).split('\n');
    expect(row?.split('\t').slice(0, 4)).toEqual([A, 'a\\032b\\009c\\195\\188\\010.example.', '0', 'Unknown']);
  });

  it('nothing known: the header alone', () => {
    expect(world().selector.dump()).toBe(
      '; DoT probing map follows\n; ip\tdomain\tcount\tstatus\tttd\n; 0 Busy entries\n',
    );
  });
});

describe('metrics', () => {
  const counted = (count: number) => expect.objectContaining({ count });

  it('counts what is held and done, by name; what never happened is absent', async () => {
    const w = world({ probes: { script: { '192.0.2.2': 'refused', '192.0.2.3': 'never', '192.0.2.5': 'local' } } });
    expect(w.selector.metrics()).toEqual({
      endpoints: { unknown: 0, busy: 0, good: 0, bad: 0 },
      ...{ decisions: {}, queries: {}, clearToGood: {}, probes: {}, transitions: {}, dropped: {}, ignored: {} },
      ...{ lame: {}, store: {}, candidates: 0, inFlight: 0, listenerErrors: 0, hostErrors: {} },
      durations: {
        query: { dot: counted(0), do53: counted(0), failed: counted(0) },
        handshake: counted(0),
        probe: counted(0),
      },
    });
    for (const server of [A, '192.0.2.2', '192.0.2.3', '192.0.2.5']) {
      for (let i = 0; i < 3; i++) {
        await w.ask(server);
        await w.clock.advance(100);
      }
    }
    w.selector.decide('192.0.2.4');
    expect(w.selector.metrics()).toEqual({
      endpoints: { unknown: 2, busy: 1, good: 1, bad: 1 },
      decisions: { unknown: 10, busy: 1, good: 1, bad: 1 },
      queries: { do53: 11, dot: 1 },
      clearToGood: {},
      probes: { begun: 4, success: 1, 'failure-refused': 1, inconclusive: 1 },
      transitions: { 'unknown-good': 1, 'unknown-bad': 1 },
      ...{
        dropped: {},
        ignored: {},
        lame: {},
        store: {},
        candidates: 1,
        inFlight: 1,
        listenerErrors: 0,
        hostErrors: {},
      },
      durations: {
        query: { dot: counted(1), do53: counted(11), failed: counted(0) },
        handshake: counted(0),
        probe: counted(3),
      },
    });
  });
});

describe('events', () => {
  const names = ['transition', 'downgrade', 'probe', 'query', 'hedge', 'dropped'] as const;

  it('tell what happens, in order', async () => {
    const w = world({ probes: { latencyMs: 10 } });
    const told: string[] = [];
    for (const name of names) w.selector.on(name, (info) => told.push(`${name} ${info.endpoint.address}`));
    for (let i = 0; i < 2; i++) await w.ask(A);
    await w.clock.advance(10);
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    w.prober.set(A, 'local');
    await w.clock.advance(10);
    for (let i = 0; i < 2; i++) await w.ask(A);
    expect(told).toEqual([
      ...['query', 'query', 'transition', 'probe', 'query', 'transition', 'downgrade', 'query'].map((n) => `${n} ${A}`),
    ]);
  });

  it('a listener’s throw harms nothing and nobody, and is counted', async () => {
    const w = world();
    let heard = 0;
    for (const name of [...names, 'offline'] as const) {
      w.selector.on(name, () => {
        throw new Error('a listener’s bug');
      });
      w.selector.on(name, () => void heard++);
    }
    for (let i = 0; i < 3; i++) expect((await w.ask(A)).message.length).toBeGreaterThan(12);
    // Three queries, a transition and a probe.
    expect([heard, w.selector.metrics().listenerErrors, w.status(A)]).toEqual([5, 5, 'Good']);
  });

  it('so does the rejection of an async one, or of anything that can be awaited', async () => {
    const w = world();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    w.selector.on('query', () => Promise.reject(new Error('an async listener’s bug')));
    w.selector.on('query', () => ({
      // biome-ignore lint/suspicious/noThenProperty: a thenable of a host's own
      then: () => {
        throw new Error('a thenable’s bug');
      },
    }));
    w.selector.on('query', () => Promise.resolve());
    await w.ask(A);
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect([unhandled, w.selector.metrics().listenerErrors]).toEqual([[], 2]);
  });

  it('on, once and off, and all of them can be chained', async () => {
    const w = world();
    let [always, once, never] = [0, 0, 0];
    const taken = (): void => void never++;
    const stranger = (): void => {};
    w.selector
      .on('query', () => void always++)
      .once('query', () => void once++)
      .on('query', taken)
      .off('query', taken)
      .once('query', taken)
      .off('query', taken)
      .off('query', stranger);
    for (let i = 0; i < 3; i++) await w.ask(A);
    expect([always, once, never]).toEqual([3, 1, 0]);
  });

  it('downgrade, offline and dropped', async () => {
    const w = world({
      policy: { onlyAfterAnswer: false, threshold: 1, candidates: 1 },
      probes: { otherwise: 'offline' },
    });
    const offline: boolean[] = [];
    const dropped: string[] = [];
    w.selector.on('offline', (info) => offline.push(info.offline));
    w.selector.on('dropped', ({ what, bound }) => dropped.push(`${what} ${bound}`));
    for (const server of servers(25)) w.selector.decide(server);
    expect(new Set(dropped)).toEqual(new Set(['candidate candidates']));
    w.selector.setPolicy({ onlyAfterAnswer: false, threshold: 1 });
    for (const server of servers(60)) w.selector.decide(server);
    await w.clock.advance(MINUTE);
    expect(offline).toEqual([true]);
    w.prober.set(A, 'good');
    const probed = w.selector.probe(A, { force: true });
    await w.clock.advance(0);
    await probed;
    expect(offline).toEqual([true, false]);
  });

  it('none follows the end, whoever listens then', async () => {
    const w = world({ probes: { otherwise: 'never' } });
    w.dot.set(A, 'never');
    w.do53.set(A, 'never');
    let heard = 0;
    const listen = () => names.map((name) => w.selector.on(name, () => void heard++));
    listen();
    w.makeGood(A);
    const asked = codeOf(w.selector.query(A, Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1])));
    w.selector.probe('192.0.2.2').catch(() => {});
    await w.clock.advance(0);
    heard = 0;
    const ended = w.end();
    listen();
    await ended;
    await w.clock.advance(HOUR);
    expect([await asked, heard]).toEqual(['CLOSED', 0]);
  });
});
