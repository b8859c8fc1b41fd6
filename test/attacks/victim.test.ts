import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createGuard } from '../../src/contact/guard.js';
import { DotProber } from '../../src/probe/dot-prober.js';
import { TransportSelector } from '../../src/selector.js';
import { type Policy, type PolicyName, policies } from '../../src/state/policy.js';
import { ScriptedExchange, startFaultServer, VirtualClock } from '../../src/testing/index.js';
import { seededRandom } from '../../src/testing/random.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { answered } from '../support/answers.js';
import { count, figure } from '../support/figures.js';
import { budget, type Finds, finds, inOne32, siege } from '../support/siege.js';
import { wiretap } from '../support/wiretap.js';
import { HOUR, MINUTE, message, SECOND, world } from '../support/world.js';
import { never, openGuard, query } from '../transport/support.js';

// At full size: some seconds of one core, which may be busy with other things.
vi.setConfig({ testTimeout: 300_000 });

/** What one probe of a server that speaks DoT costs it, measured on real sockets, in octets of TCP payload. */
async function octetsOfOneProbe(): Promise<number> {
  await using server = await startFaultServer();
  const tap = wiretap();
  const prober = new DotProber({ guard: openGuard, connect: tap.connect });
  const target = { endpoint: server.dot, clear: server.do53, zone: 'example.test.' };
  const { evidence, session } = await prober.probe(target, { signal: never, timeoutMs: 30_000 });
  expect(evidence).toEqual({ result: 'success' });
  session?.close();
  await server.until(({ open }) => open === 0);
  expect(server.counters).toMatchObject({ connections: 1, udpQueries: 0, tcpQueries: 0 });
  const [socket] = tap.sockets;
  return (socket?.bytesWritten ?? 0) + (socket?.bytesRead ?? 0);
}

/** The network that is aimed at, and what bounds it. */
interface Victim {
  readonly bits: 24 | 32 | 48;
  readonly address: (index: number) => string;
  readonly burst: (policy: Policy) => number;
  readonly perMinute: (policy: Policy) => number;
  readonly atOnce: (policy: Policy) => number;
}

const slash24: Victim = {
  bits: 24,
  address: (index) => `90.1.1.${index & 255}`,
  burst: ({ ipv4Burst }) => ipv4Burst,
  perMinute: ({ ipv4PerMinute }) => ipv4PerMinute,
  atOnce: ({ ipv4AtOnce }) => ipv4AtOnce,
};
const slash48: Victim = {
  bits: 48,
  address: (index) => `2a00:1234:1::${(1 + (index >> 16)).toString(16)}:${(index & 0xffff).toString(16)}`,
  burst: ({ ipv6Burst }) => ipv6Burst,
  perMinute: ({ ipv6PerMinute }) => ipv6PerMinute,
  atOnce: ({ ipv6AtOnce }) => ipv6AtOnce,
};
const slash32Whole: Victim = {
  bits: 32,
  address: (index) => inOne32(index),
  burst: ({ ipv6PerMinute }) => ipv6PerMinute,
  perMinute: ({ ipv6PerMinute }) => ipv6PerMinute,
  atOnce: ({ probesAtOnce }) => probesAtOnce,
};

/** Queries of the attacker a second, each for an address in the victim's network and a zone of his own: more than enough. */
const PER_SECOND = 10;

describe('probes steered at a victim', () => {
  it.each<[string, string, PolicyName, Victim, Finds]>([
    ['an IPv4 /24 of name servers', '853 closed', 'default', slash24, finds.closed],
    ['an IPv4 /24 of name servers', '853 dropped', 'default', slash24, finds.blackHole],
    ['an IPv4 /24 of name servers', '853 lame', 'default', slash24, finds.lame],
    ['an IPv4 /24 of name servers', '853 unreachable', 'default', slash24, finds.unreachable],
    ['an IPv4 /24 where nothing answers', 'dark', 'rfc9539', slash24, finds.dark],
    ['an IPv4 /24 where nothing answers', 'dark', 'powerdns', slash24, finds.dark],
    ['an IPv6 /48 that answers everywhere', '853 closed', 'default', slash48, finds.closed],
    ['an IPv6 /48 where nothing answers', 'dark', 'rfc9539', slash48, finds.dark],
    ['an IPv6 /32 that answers everywhere', '853 closed', 'default', slash32Whole, finds.closed],
    ['an IPv6 /32 where nothing answers', 'dark', 'powerdns', slash32Whole, finds.dark],
  ])('%s, %s, policy %s: within the budgets', async (name, state, preset, victim, found) => {
    const s = siege({ policy: preset, finds: found });
    const random = seededRandom(3);
    const answers = found !== finds.dark;
    for (let second = 0; second < HOUR / SECOND; second++) {
      for (let left = PER_SECOND / 2; left > 0; left--) {
        const address = victim.address(Math.floor(random() * 2 ** 24));
        const zone = `z${left}.hostile${Math.floor(random() * 1_000)}.example`;
        if (answers) s.answered(address, zone);
        else s.contact(address, zone);
        s.contact(address, zone);
      }
      await s.clock.advance(SECOND);
    }
    const seen = s.worst(victim.bits);
    const [burst, perMinute] = [victim.burst(s.policy), victim.perMinute(s.policy)];
    expect(seen.inAll).toBeGreaterThan(0);
    expect(seen.inAll).toBeLessThanOrEqual(budget(burst, perMinute, HOUR));
    expect(seen.perMinute).toBeLessThanOrEqual(budget(burst, perMinute, MINUTE));
    expect(seen.atOnce).toBeLessThanOrEqual(victim.atOnce(s.policy));
    figure(
      'victim',
      `${name}, ${state}, policy ${preset}: ${count(seen.inAll)} connections in an hour of ${PER_SECOND} queries/s ` +
        `(allowed ${count(budget(burst, perMinute, HOUR))}), ${seen.perMinute} in a minute at most, ${seen.atOnce} at once`,
    );
  });

  it('nobody there answers: under the default policy not one connection', async () => {
    const s = siege({ finds: finds.dark });
    const random = seededRandom(3);
    for (let second = 0; second < HOUR / SECOND; second++) {
      for (let left = PER_SECOND; left > 0; left--) {
        s.contact(slash24.address(Math.floor(random() * 256)), `z${left}.hostile.example`);
      }
      await s.clock.advance(SECOND);
    }
    expect(s.prober.all.times).toEqual([]);
    figure(
      'victim',
      `an IPv4 /24 where nothing answers, policy default: 0 connections in an hour of ${PER_SECOND} queries/s`,
    );
  });

  it.each([
    ['IPv4 /24', slash24, 5],
    ['IPv6 /48', slash48, 2],
  ] as const)(
    'all of an %s speaks DoT, whose probes give their tokens back: what bounds it then',
    async (name, victim, minutes) => {
      const s = siege({ finds: finds.good });
      const named = new Set<string>();
      const perSecond = 50;
      for (let index = 0; index < minutes * 60 * perSecond; index++) {
        const address = victim.address(index);
        named.add(address);
        s.meet(address, `z${index % perSecond}.hostile${index & 255}.example`);
        if (index % perSecond === perSecond - 1) await s.clock.advance(SECOND);
      }
      const seen = s.worst(victim.bits);
      const { probesPerSecond, capacity, prefixShare } = s.policy;
      expect(seen.atOnce).toBeLessThanOrEqual(victim.atOnce(s.policy));
      expect(seen.perMinute).toBeLessThanOrEqual((MINUTE / SECOND) * probesPerSecond + 1);
      // One for each address that the attacker has named, and no more rows than a network may have.
      expect(seen.inAll).toBeLessThanOrEqual(named.size);
      const { good, unknown, busy } = s.selector.metrics().endpoints;
      expect(good + unknown + busy).toBeLessThanOrEqual(Math.floor(capacity * prefixShare));
      const octets = await octetsOfOneProbe();
      figure(
        'victim',
        `an ${name} all of which speaks DoT, policy default: ${count(seen.inAll)} connections in ${minutes} min of ${2 * perSecond} queries/s, ` +
          `${count(seen.perMinute)} in a minute at most, ${seen.atOnce} at once, ${count((seen.inAll * octets) / 1e6, 2)} MB at ${count(octets)} octets each`,
      );
    },
  );
});

describe('S18', () => {
  /** A delegation of one NS name with 260 addresses over both families, as a stranger's zone would list them. */
  const delegation = Array.from({ length: 260 }, (_, index) =>
    index % 4 === 3 ? `2001:db8:${index.toString(16)}::53` : `203.0.113.${index & 255}`,
  ).map((address, index) => ({ address, zone: 'stuffed.example', nameserver: `ns${index}.stuffed.example` }));

  it('S18 260 addresses ranked 1,000 times, a few of which answer: two hits a call at most, no probe to a stranger', async () => {
    const w = world();
    const answering = new Set(delegation.filter((_, index) => index % 50 === 0).map(({ address }) => address));
    for (const { address } of delegation) if (!answering.has(address)) w.do53.set(address, 'silent');
    const contacts = (): number => w.entries().reduce((sum, entry) => sum + entry.contacts, 0);
    const asked = new Set<string>();
    let most = 0;
    for (let call = 0; call < 1_000; call++) {
      const before = contacts();
      const [first] = w.selector.rank(delegation);
      most = Math.max(most, contacts() - before);
      // The host asks the first in its order, and what answers has to be asked to be known.
      if (first !== undefined) {
        asked.add(first.server.address);
        w.selector.query(first, message('stuffed.example')).catch(() => undefined);
      }
      await w.clock.advance(SECOND);
    }
    await w.clock.advance(HOUR);
    const probed = new Set(w.begun().map(({ address }) => address));
    expect(most).toBeLessThanOrEqual(2);
    expect(probed.size).toBeGreaterThan(0);
    for (const address of probed)
      expect([address, answering.has(address) && asked.has(address)]).toEqual([address, true]);
    figure(
      'S18',
      `260 addresses ranked 1,000 times: ${most} hits a call at most, ${asked.size} asked, ${probed.size} probed, all of which had answered`,
    );
  });
});

describe('glue with special-use addresses', () => {
  /** Both IANA registries, written down anew: first and last octets that a zone's glue could name. */
  const V4 = [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const;
  const V6 = [
    '::1',
    '::',
    'fc00::',
    'fd12:3456::1',
    'fdff:ffff::1',
    'fe80::1',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'ff0e::53',
    'ffff::1',
    '100::1',
    '2001:db8::1',
    '2001::1',
    '3fff::1',
    '5f00::1',
    '64:ff9b:1::1',
  ];

  function octets(value: number): string {
    return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
  }

  function hex(value: number): string {
    return `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;
  }

  /** The spellings under which glue can name an IPv4 address. */
  function spellings(value: number): string[] {
    return [
      octets(value),
      `::ffff:${octets(value)}`,
      `::FFFF:${hex(value)}`,
      `0:0:0:0:0:ffff:${hex(value)}`,
      `::${octets(value)}`,
      `::ffff:0:${hex(value)}`,
      `64:ff9b::${hex(value)}`,
      `64:ff9b:1::${hex(value)}`,
      `2002:${hex(value)}::1`,
    ];
  }

  /** The first, the last and some between of each IPv4 prefix, in every spelling, and the IPv6 ones. */
  function hostileGlue(): string[] {
    const random = seededRandom(5);
    const values = V4.flatMap(([prefix, bits]) => {
      const first = prefix.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
      const size = 2 ** (32 - bits);
      return [0, 1, size - 2, size - 1, ...Array.from({ length: 20 }, () => Math.floor(random() * size))].map(
        (offset) => first + offset,
      );
    });
    return [...values.flatMap(spellings), ...V6];
  }

  it('in every spelling, asked for again and again: not one packet of ours, not one row', async () => {
    const clock = new VirtualClock();
    const guard = createGuard();
    const dialled: string[] = [];
    const connect = ({ address }: { address: string }): never => {
      dialled.push(address);
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    };
    let clear = 0;
    const do53 = new ScriptedExchange({
      clock,
      otherwise: (asked) => {
        clear++;
        return answered(asked);
      },
    });
    const policy = { onlyAfterAnswer: false, threshold: 1, probesPerSecond: 10_000 } as const;
    const dot = new DotExchange({ clock, guard, connect });
    const prober = new DotProber({ clock, guard, do53, connect });
    const selector = new TransportSelector({ clock, guard, prober, dot, do53, policy });
    onTestFinished(async () => {
      const closed = selector.close();
      await clock.advance(SECOND);
      await closed;
    });
    const glue = hostileGlue();
    for (let round = 0; round < 3; round++) {
      for (const address of glue) selector.decide({ address, zone: 'hostile.example' });
      for (const [at, address] of glue.entries()) {
        if (at % 100 === 0) selector.rank(glue.slice(at, at + 100).map((one) => ({ address: one })));
        expect([address, selector.decide({ address }).reason]).toEqual([address, 'guard']);
      }
      await clock.advance(MINUTE);
    }
    const queried = glue.filter((_, index) => index % 50 === 0);
    await Promise.all(queried.map((address) => selector.query({ address }, message('hostile.example'))));
    await clock.advance(MINUTE);
    expect([dialled, [...selector.entries()], selector.metrics().probes]).toEqual([[], [], {}]);
    // The host's own queries, and none beside them.
    expect(clear).toBe(queried.length);
    // The same spellings of an address that is no special one are dialled: it is the guard that held.
    const open = spellings(0x08080808).filter((address) => !address.startsWith('64:ff9b:1:'));
    for (const address of open) selector.decide({ address, zone: 'example.org' });
    await clock.advance(MINUTE);
    expect(new Set(dialled).size).toBeGreaterThanOrEqual(3);
    figure(
      'glue',
      `${count(glue.length)} special-use addresses in all spellings, decided on 6 times each: 0 connections, 0 probes, 0 rows`,
    );
  });

  it.each([
    ['IPv4', '127.0.0.1', ['127.0.0.1', '::ffff:127.0.0.1', '::FFFF:7f00:1', '0:0:0:0:0:ffff:7f00:0001']],
    ['IPv6', '::1', ['::1', '0:0:0:0:0:0:0:1', '0000::0001']],
  ])('at real sockets on %s loopback: the host’s own Do53 arrives, and nothing of ours', async (_, host, spelled) => {
    let connections = 0;
    let datagrams = 0;
    const tcp = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    tcp.listen(0, host);
    const udp = createSocket(host === '::1' ? 'udp6' : 'udp4');
    udp.on('message', (asked, { port, address }) => {
      datagrams++;
      udp.send(answered(asked), port, address);
    });
    udp.bind(0, host);
    await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
    onTestFinished(() => {
      tcp.close();
      udp.close();
    });
    const [port, dotPort] = [udp.address().port, Number(Object(tcp.address()).port)];
    const policy = { ...policies.default, onlyAfterAnswer: false, threshold: 1, probesPerSecond: 10_000 };
    const rounds = 100;
    /** What comes of asking there under a guard. */
    const besiege = async (allow: readonly string[]): Promise<number> => {
      await using selector = new TransportSelector({ policy, guard: { allow } });
      const probed = new Promise((resolve) => selector.once('probe', resolve));
      for (let round = 0; round < rounds; round++) {
        for (const address of spelled) {
          const { transport } = await selector.query({ address, port, dotPort }, query('a.hostile.example'));
          expect(transport).toBe('do53');
        }
      }
      if (allow.length > 0) await probed;
      for (const address of spelled)
        selector.report(selector.decide({ address, port, dotPort }), { transport: 'dot', ok: true, rcode: 0 });
      return selector.metrics().probes.begun ?? 0;
    };
    expect(await besiege([])).toBe(0);
    expect([connections, datagrams]).toEqual([0, rounds * spelled.length]);
    figure(
      'glue',
      `${host} at real sockets: ${count(datagrams)} queries of the host in clear text, ${connections} connections to 853`,
    );
    // Allowed, the same queries bring a probe: it is the guard that held.
    expect(await besiege([host])).toBeGreaterThan(0);
    expect(connections).toBeGreaterThan(0);
  });
});
