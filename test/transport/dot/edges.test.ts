import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock, type Timer } from '../../../src/common/clock.js';
import { DotscoutError, TransportError } from '../../../src/common/errors.js';
import { DotProber } from '../../../src/probe/dot-prober.js';
import { type FaultServerOptions, startFaultServer, VirtualClock } from '../../../src/testing/index.js';
import { DotExchange, type DotExchangeOptions } from '../../../src/transport/dot/exchange.js';
import type { Connect } from '../../../src/transport/tls/tls.js';
import { dotAt, nameOf, never, openGuard, query } from '../support.js';

function exchangeWith(options: DotExchangeOptions = {}): DotExchange {
  const exchange = new DotExchange({ guard: openGuard, ...options });
  onTestFinished(() => exchange.close());
  return exchange;
}

async function serverWith(options: FaultServerOptions = {}) {
  const server = await startFaultServer(options);
  onTestFinished(() => server.close());
  return server;
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'answered';
  } catch (error) {
    if (error instanceof TransportError) return `${error.failure.phase} ${error.failure.kind}`;
    return error instanceof DotscoutError ? error.code : String(error);
  }
}

/** A stream that is no socket, as a proxy's client makes them. */
function tunnelled(socket: Socket): Duplex {
  const tunnel = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, _, done) => void socket.write(chunk, () => done()),
    final: (done) => void socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => void tunnel.push(chunk));
  socket.on('end', () => void tunnel.push(null));
  socket.on('error', (error) => tunnel.destroy(error));
  return tunnel;
}

describe('what a host’s connect gives', () => {
  const gone = new Duplex();
  gone.destroy();
  const stubborn = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
  stubborn.destroy = () => {
    throw new Error('host bug');
  };

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a promise of a socket', Promise.resolve(new Duplex())],
    ['what is no stream', { on: () => undefined }],
    ['a stream that is over', gone],
  ])('P7 %s: local, and no connection of our own in its stead', async (_, given) => {
    const server = await serverWith();
    const exchange = exchangeWith({ connect: (() => given) as unknown as Connect, timeoutMs: 500 });
    expect(await failureOf(exchange.exchange(server.dot, query('a.test'), { signal: never }))).toBe('connect local');
    expect([server.counters.connections, exchange.sessions.open]).toEqual([0, 0]);
  });

  test('P7 a stream that cannot be destroyed: its trouble stays its own', async () => {
    const exchange = exchangeWith({ connect: () => stubborn, timeoutMs: 50 });
    expect(await failureOf(exchange.exchange(dotAt(1), query('a.test'), { signal: never }))).toBe('handshake silent');
    // Its session has a limit of its own.
    while (exchange.sessions.open > 0) await new Promise(setImmediate);
    expect(exchange.sessions.opened).toBe(0);
  });

  test('Q7 a stream that is no socket: carries a session, ends with it, and its end is told', async () => {
    const server = await serverWith();
    const tunnels: Duplex[] = [];
    const exchange = exchangeWith({
      connect: () => {
        const tunnel = tunnelled(connect(server.dotPort, '127.0.0.1'));
        tunnels.push(tunnel);
        return tunnel;
      },
    });
    const ask = (name: string) => exchange.exchange(dotAt(1), query(name), { signal: never });
    const names = Array.from({ length: 50 }, (_, i) => `n${i}.test`);
    expect((await Promise.all(names.map(ask))).map(nameOf)).toEqual(names);
    await server.setFault('tls-mute');
    const lost = failureOf(ask('lost.test'));
    await server.until(({ dotQueries }) => dotQueries === 51);
    tunnels[0]?.destroy(new Error('the proxy is gone'));
    expect(await lost).toMatch(/^answer /);
    await server.setFault('good');
    expect(nameOf(await ask('b.test'))).toBe('b.test');
    await exchange.close();
    await server.until(({ open }) => open === 0);
    expect(tunnels.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });
});

/** The system's clock, which knows what holds the process. */
class HoldingClock implements Clock {
  holds = 0;
  now = systemClock.now;
  wall = systemClock.wall;
  turn = systemClock.turn;

  after(ms: number, run: () => void, options?: { keepAlive?: boolean | undefined }): Timer {
    const holds = options?.keepAlive === true && ms > 1_000;
    if (holds) this.holds++;
    let over = !holds;
    const release = (): void => {
      if (!over) this.holds--;
      over = true;
    };
    const timer = systemClock.after(
      ms,
      () => {
        release();
        run();
      },
      options,
    );
    return {
      cancel: () => {
        release();
        timer.cancel();
      },
    };
  }
}

describe('who keeps the process alive', () => {
  test('Q11 a call that was aborted lets go once, whatever becomes of its query', async () => {
    const server = await serverWith({ fault: 'tls-mute' });
    const opening = await serverWith({ fault: 'tcp-mute' });
    const clock = new HoldingClock();
    const exchange = exchangeWith({ clock });
    const controller = new AbortController();
    const aborted = failureOf(exchange.exchange(server.dot, query('a.test'), { signal: controller.signal }));
    const unwritten = failureOf(exchange.exchange(opening.dot, query('b.test'), { signal: controller.signal }));
    await server.until(({ dotQueries }) => dotQueries === 1);
    const pending = failureOf(exchange.exchange(server.dot, query('c.test'), { signal: never }));
    controller.abort('enough');
    expect([await aborted, await unwritten]).toEqual(['enough', 'enough']);
    await server.setFault('tls-close');
    expect(await pending).toBe('answer closed');

    await server.setFault('tls-mute');
    const held = failureOf(exchange.exchange(server.dot, query('d.test'), { signal: never }));
    await server.until(({ dotQueries }) => dotQueries === 3);
    // One that comes and goes while the other waits.
    expect(await failureOf(exchange.exchange(dotAt(1), query('e.test'), { signal: never }))).toBe('connect refused');
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(clock.holds).toBe(1);
    await exchange.close();
    expect(await held).toBe('CLOSED');
  });
});

describe('our own loop stood still', () => {
  test('Q23 every query whose life held the stall is inconclusive, not the first alone', async () => {
    const server = await serverWith({ fault: 'tls-mute' });
    const clock = new VirtualClock();
    const exchange = exchangeWith({ clock });
    const first = exchange.attempt(server.dot, query('a.test'), 4_000);
    await server.until(({ dotQueries }) => dotQueries === 1);
    await clock.advance(100);
    const second = exchange.attempt(server.dot, query('b.test'), 4_000);
    await server.until(({ dotQueries }) => dotQueries === 2);
    await clock.advance(900);
    await clock.stall(2_500);
    await clock.advance(700);
    expect([await failureOf(first.done), await failureOf(second.done)]).toEqual(['answer local', 'answer local']);
    const third = exchange.attempt(server.dot, query('c.test'), 4_000);
    await clock.advance(4_000);
    expect(await failureOf(third.done)).toBe('answer silent');
  });

  test('Q23 what waits behind queries that were given up so is sent', async () => {
    const server = await serverWith({ fault: 'tls-mute' });
    const clock = new VirtualClock();
    const exchange = exchangeWith({ clock });
    const over = Array.from({ length: 1_024 }, (_, i) => exchange.attempt(server.dot, query(`n${i}.test`), 1_000));
    const behind = exchange.attempt(server.dot, query('behind.test'), 60_000);
    await server.until(({ dotQueries }) => dotQueries === 1_024);
    await clock.stall(5_000);
    expect(new Set(await Promise.all(over.map(({ done }) => failureOf(done))))).toEqual(new Set(['answer local']));
    await server.until(({ dotQueries }) => dotQueries === 1_025);
    expect(behind.withdraw()).toBe(false);
    await exchange.close();
    expect(await failureOf(behind.done)).toBe('CLOSED');
  });
});

describe('sessions that nobody needs', () => {
  test('S16 another network: a session that is being opened for nobody is given up', async () => {
    const server = await serverWith({ fault: 'tcp-mute' });
    const exchange = exchangeWith();
    const asked = exchange.attempt(server.dot, query('a.test'), 4_000);
    await server.until(({ connections }) => connections === 1);
    await server.setFault('good');
    exchange.reset();
    expect(exchange.sessions.open).toBe(1);
    expect(nameOf((await asked.done).message)).toBe('a.test');
    expect(server.counters).toMatchObject({ connections: 2, handshakes: 1 });
  });

  test('Q22 a query that may open no session costs no other server its own', async () => {
    const server = await serverWith();
    const mute = () => new Duplex({ read: () => undefined, write: (_, __, done) => done() });
    const refuse = () => {
      const stream = mute();
      setImmediate(() => stream.destroy());
      return stream;
    };
    const clock = new VirtualClock();
    const exchange = exchangeWith({
      connect: ({ port }) => (port === 1 ? refuse() : port === 2 ? connect(server.dotPort, '127.0.0.1') : mute()),
      clock,
      timeoutMs: 600_000,
    });
    const ask = (count: number, first: number) =>
      Array.from({ length: count }, (_, i) => exchange.attempt(dotAt(first + i), query('a.test'), 600_000));
    const others = ask(1_022, 3);
    // None stands: 16 at once, each counted for half a second.
    for (let second = 0; second < 35; second++) await clock.advance(1_000);
    await exchange.exchange(dotAt(2), query('a.test'), { signal: never });
    for (let i = 0; i < 8; i++)
      expect(await failureOf(exchange.exchange(dotAt(1), query('a.test'), { signal: never }))).toMatch(
        /refused|closed/,
      );
    others.push(...ask(1, 2_000));
    expect(exchange.sessions.open).toBe(1_024);
    const refused = exchange.attempt(dotAt(1), query('a.test'), 40).done;
    refused.catch(() => undefined);
    await clock.advance(20);
    await expect(refused).rejects.toMatchObject({ failure: { kind: 'local', detail: 'churn' } });
    expect([exchange.sessions.open, exchange.isOpen(dotAt(2))]).toEqual([1_024, true]);
    await exchange.close();
    expect(new Set(await Promise.all(others.map(({ done }) => failureOf(done))))).toEqual(new Set(['CLOSED']));
  });
});

describe('half a frame', () => {
  test('Q7 a server known not to bear it is spared on a probe’s session too', async () => {
    const faults = { frameMs: 20, delayMs: 100 } as const;
    const server = await serverWith({ fault: 'half-frame-timeout', ...faults });
    const exchange = exchangeWith();
    const burst = async (): Promise<void> => {
      const names = Array.from({ length: 5 }, (_, i) => `n${i}.test`);
      const asked = names.map((name) => exchange.exchange(server.dot, query(name), { signal: never }));
      expect((await Promise.all(asked)).map(nameOf)).toEqual(names);
    };
    // Two sessions that ended upon it are enough; a resumed one is begun with none.
    for (let i = 0; i < 3; i++) {
      await burst();
      exchange.closeEndpoint(server.dot.key);
    }
    await burst();
    const { opened } = exchange.sessions;
    await server.setFault('good');
    exchange.closeEndpoint(server.dot.key);
    const prober = new DotProber({ guard: openGuard });
    const target = { endpoint: server.dot, clear: undefined, zone: 'test.' };
    const { session } = await prober.probe(target, { signal: never, timeoutMs: 4_000 });
    expect(session !== undefined && exchange.adopt(server.dot, session)).toBe(true);
    // One answer long before the other, which a frame begun meanwhile would cost us.
    const { dotQueries } = server.counters;
    await server.setFault('half-frame-timeout', { frameMs: 20, delayMs: 50 });
    const early = exchange.exchange(server.dot, query('early.test'), { signal: never });
    await server.until((counters) => counters.dotQueries === dotQueries + 1);
    await server.setFault('half-frame-timeout', { frameMs: 20, delayMs: 300 });
    const late = exchange.exchange(server.dot, query('late.test'), { signal: never });
    expect((await Promise.all([early, late])).map(nameOf)).toEqual(['early.test', 'late.test']);
    expect(exchange.sessions).toMatchObject({ opened, open: 1 });
  });
});

test('S16 an endpoint forgotten while its session is opened: what waits opens one more, not all that there may be', async () => {
  let connects = 0;
  const connect: Connect = () => {
    connects++;
    return new Duplex({ read: () => undefined, write: (_, __, done) => done() });
  };
  const exchange = exchangeWith({ connect });
  const asked = failureOf(exchange.exchange(dotAt(1), query('a.test'), { signal: never }));
  exchange.closeEndpoint(dotAt(1).key);
  expect([connects, exchange.sessions.open]).toEqual([2, 1]);
  await exchange.close();
  expect(await asked).toBe('CLOSED');
});
