import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TransportError } from '../../src/common/errors.js';
import type { SelectorOptions } from '../../src/options.js';
import type { Failure } from '../../src/state/model.js';
import { type FaultServer, startFaultServer } from '../../src/testing/index.js';
import { delayed } from '../support/answers.js';
import { brisk, codeOf, Lab, lab } from '../support/lab.js';
import { lostPath } from '../support/lost-path.js';
import { world } from '../support/world.js';
import { nameOf, query } from '../transport/support.js';

const A = '192.0.2.1';
const REFUSED: Failure = { phase: 'connect', kind: 'refused' };

/** Waits that no stall of a busy machine uses up. */
const patient = {
  ...brisk,
  attemptMs: 30_000,
  warmHedgeMinMs: 15_000,
  warmHedgeMaxMs: 15_000,
  coldHedgeMinMs: 15_000,
  coldHedgeMaxMs: 15_000,
};

/** Whether a ClientHello shows a ticket: the extension pre_shared_key (RFC 8446 section 4.2.11). */
function showsTicket(hello: Buffer): boolean {
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const end = at + 2 + hello.readUInt16BE(at);
  for (at += 2; at + 4 <= Math.min(end, hello.length); at += 4 + hello.readUInt16BE(at + 2))
    if (hello.readUInt16BE(at) === 41) return true;
  return false;
}

/** A lab whose server is reached through something of the test's own, which takes each connection; it has been asked once. */
async function behind(
  accept: (from: Socket, server: FaultServer) => void,
  options: SelectorOptions = {},
): Promise<Lab> {
  const server = await startFaultServer();
  const front = createServer((from) => accept(from, server));
  front.listen(0, server.address);
  await once(front, 'listening');
  const l = new Lab(server, { policy: patient, ...options });
  onTestFinished(async () => {
    await l.selector.close();
    front.close();
    await server.close();
  });
  Object.assign(l.target, { dotPort: (front.address() as { port: number }).port });
  await l.warmUp();
  return l;
}

/** A connection to the server that ends with the client's, and the other way round. */
function connectedTo(server: FaultServer, from: Socket): Socket {
  const to = connect(server.dotPort, server.address);
  for (const one of [from, to]) one.on('error', () => one.destroy());
  from.on('close', () => to.destroy());
  to.on('close', () => from.destroy());
  return to;
}

/** The server ends its session again and again: each time the next query is encrypted, and nothing is thought of that. */
async function staysEncryptedOverEnds(l: Lab, times: number): Promise<void> {
  const { server } = l;
  for (let i = 0; i < times; i++) {
    await server.setFault('tls-close');
    await server.until(({ open }) => open === 0);
    await server.setFault('good');
    expect(await l.ask(`n${i}.example.test`)).toMatchObject({ transport: 'dot', encrypted: true });
  }
  expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
  expect(server.counters.udpQueries).toBe(0);
}

const BREAKS: Readonly<Record<string, (from: Socket) => void>> = {
  resets: (from) => from.resetAndDestroy(),
  closes: (from) => from.end(),
  // Fatal, internal_error.
  alerts: (from) => from.end(Buffer.from([21, 3, 3, 0, 2, 2, 80])),
};

describe('P17', () => {
  it.each(Object.keys(BREAKS))(
    'P17 a front that %s at tickets: the attempt goes on, and none is shown again',
    async (how) => {
      let shown = 0;
      const l = await behind((from, server) => {
        from.on('error', () => from.destroy());
        from.once('data', (hello) => {
          if (showsTicket(hello)) {
            shown++;
            BREAKS[how]?.(from);
            return;
          }
          const to = connect(server.dotPort, server.address);
          to.on('error', () => from.destroy());
          to.on('close', () => from.destroy());
          from.on('close', () => to.destroy());
          to.write(hello);
          from.pipe(to).pipe(from);
        });
      });
      await staysEncryptedOverEnds(l, 4);
      expect(shown).toBe(1);
    },
  );
});

describe('P17, where the ticket was taken', () => {
  const AFTERWARDS: Readonly<Record<string, (from: Socket) => void>> = { ...BREAKS, 'is silent': () => undefined };

  it.each(Object.keys(AFTERWARDS))(
    'P17 a server that takes a ticket and then %s: asked again in full, in time, and tickets rest',
    async (how) => {
      let shown = 0;
      const l = await behind(
        (from, server) => {
          const to = connectedTo(server, from);
          to.pipe(from);
          from.once('data', (hello) => {
            to.write(hello);
            if (!showsTicket(hello)) {
              from.pipe(to);
              return;
            }
            shown++;
            // The client's Finished, and perhaps a query.
            from.once('data', (finished) => {
              // The server can end what stands.
              to.write(finished);
              to.unpipe(from);
              AFTERWARDS[how]?.(from);
              // What is not read keeps the end behind it.
              from.resume();
              to.resume();
            });
          });
        },
        { policy: { ...patient, hedge: 'off' } },
      );
      await staysEncryptedOverEnds(l, 4);
      // Once more where the machine was busy for 5 s.
      expect(shown).toBeLessThanOrEqual(2);
    },
  );
});

describe('Q30', () => {
  it('Q30 sessions that are reset at their second query: no clear text, no strike', async () => {
    const l = await lab({}, { policy: patient });
    await l.warmUp();
    for (let i = 0; i < 6; i++) {
      await l.server.setFault('tls-reset-query');
      const asked = l.ask(`n${i}.example.test`);
      await l.server.until(({ open }) => open === 0);
      await l.server.setFault('good');
      expect((await asked).transport).toBe('dot');
    }
    expect(l.selector.metrics().clearToGood).toEqual({});
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
  });
});

/** What a box on the path puts into a stream of TLS records. */
const FOREIGN = {
  'a record that cannot be deciphered': Buffer.concat([Buffer.from([23, 3, 3, 0, 64]), Buffer.alloc(64, 7)]),
  'an alert in clear text': Buffer.from([21, 3, 3, 0, 2, 2, 80]),
  'a ChangeCipherSpec': Buffer.from([20, 3, 3, 0, 1, 1]),
  'HTTP in clear text': Buffer.from('HTTP/1.0 400 Bad Request\r\n\r\n'),
};

/** A lab in front of which stands a box that ends the first connection with octets of its own, once it is told to. */
async function disturbed(octets: Buffer, options: SelectorOptions): Promise<Lab & { disturb(): void }> {
  let isDisturbed = false;
  let first: Socket | undefined;
  const l = await behind((from, server) => {
    first ??= from;
    const to = connectedTo(server, from);
    from.on('data', (chunk) => {
      if (isDisturbed && from === first) from.write(octets);
      else to.write(chunk);
    });
    to.pipe(from);
  }, options);
  return Object.assign(l, {
    disturb: () => {
      isDisturbed = true;
    },
  });
}

describe.each<[string, SelectorOptions]>([
  ['none', {}],
  ['require', { rules: 'require zone example.test' }],
])('Q30, Q38 rule: %s', (_rule, options) => {
  it.each(Object.entries(FOREIGN))(
    'Q30 %s in place of an answer ends a session that has answered: a fresh one answers, no clear text, no strike',
    async (_, octets) => {
      const l = await disturbed(octets, options);
      l.disturb();
      const names = ['a', 'b', 'c'].map((name) => `${name}.example.test`);
      const answers = await Promise.all(names.map((name) => l.ask(name)));
      expect(answers.map(({ message, encrypted }) => [nameOf(message), encrypted])).toEqual(
        names.map((name) => [name, true]),
      );
      expect(await l.ask('next.example.test')).toMatchObject({ encrypted: true, fellBack: false });
      expect(l.server.counters.udpQueries).toBe(0);
      expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
    },
  );
});

describe('Q33', () => {
  it('Q33 without a hedge, a session gone silent costs no more than the time to see it, and a fresh session’s', async () => {
    const l = await lab({}, { policy: { ...patient, hedge: 'off', attemptMs: 60_000 } });
    await l.warmUp();
    await l.server.setFault('tls-mute');
    const { dotQueries } = l.server.counters;
    const asked = l.ask('a.example.test', 120_000);
    await l.server.until((counters) => counters.dotQueries === dotQueries + 1);
    await l.server.setFault('good');
    const { transport, encrypted, times } = await asked;
    expect({ transport, encrypted }).toEqual({ transport: 'dot', encrypted: true });
    // Far less than the attempt’s 60 s.
    expect(times.total).toBeLessThan(30_000);
    expect(l.selector.explain(l.target).status).toBe('Good');
  });
});

describe('Q20', () => {
  it('Q20 a path that is lost for a moment: a session that speaks again is used again, and none is waited for', async () => {
    const path = await lostPath();
    const { server } = path;
    const l = new Lab(server, { policy: { ...patient, hedge: 'off' } });
    onTestFinished(() => l.selector.close());
    Object.assign(l.target, { dotPort: path.dot.port });
    await l.warmUp();
    const { fresh } = path.lose();
    const asked = l.ask('lost.example.test');
    await fresh;
    path.restoreFirst();
    expect((await asked).transport).toBe('dot');
    const { dotQueries } = server.counters;
    for (let i = 0; i < 3; i++)
      expect(await l.ask(`n${i}.example.test`)).toMatchObject({ transport: 'dot', encrypted: true });
    expect([server.counters.dotQueries - dotQueries, path.connections]).toEqual([3, 2]);
    expect(l.selector.metrics().clearToGood).toEqual({});
  });
});

describe('Q34', () => {
  it('Q34 the whole server restarts: no strike while Do53 is away too, and encrypted at its return', async () => {
    const l = await lab({}, { policy: { ...patient, recheckMs: 100 } });
    await l.warmUp();
    const downgrades: unknown[] = [];
    l.selector.on('downgrade', (info) => downgrades.push(info));
    await l.server.setFault('closed');
    await l.server.setClear('closed');
    const probed = new Promise((resolve) => l.selector.once('probe', resolve));
    for (let i = 0; i < 5; i++) expect(await codeOf(l.ask(`n${i}.example.test`, 1_000))).not.toBe('resolved');
    await probed;
    expect(await codeOf(l.ask('m.example.test', 1_000))).not.toBe('resolved');
    // Do53 is back a moment before DoT.
    await l.server.setClear('good');
    for (let i = 0; i < 3; i++) expect((await l.ask(`o${i}.example.test`)).transport).toBe('do53');
    await l.server.setFault('good');
    expect(await l.ask('back.example.test')).toMatchObject({ transport: 'dot', encrypted: true });
    expect([downgrades, l.selector.explain(l.target).status]).toEqual([[], 'Good']);
  });

  it('Q34 once refused late, and well for an hour: refusals are strikes from the first on', async () => {
    const w = world();
    const { clock } = w;
    w.makeGood(A);
    w.dot.set(A, async () => {
      await new Promise<void>((resolve) => clock.after(1_600, resolve));
      throw new TransportError(REFUSED);
    });
    w.do53.set(A, delayed(clock, 1_000));
    w.prober.set(A, 'good');
    const askIn = async (ms: number): Promise<void> => {
      const asked = w.selector.query(A, query('a.example.org'));
      await clock.advance(ms);
      await asked;
    };
    await askIn(2_000);
    w.dot.set(A, 'good');
    await askIn(3_600_000);
    w.dot.set(A, REFUSED);
    w.do53.set(A, 'good');
    w.prober.set(A, 'refused');
    for (let i = 0; i < 3; i++) await askIn(500);
    expect(w.status(A)).toBe('Bad');
  });

  it('Q34 the server drops what is sent until it restarts, and Do53 is back first: refused late is no strike, once a minute', async () => {
    const w = world();
    const { clock } = w;
    w.makeGood(A);
    const late = async (): Promise<never> => {
      await new Promise<void>((resolve) => clock.after(1_600, resolve));
      throw new TransportError(REFUSED);
    };
    const askIn = async (ms: number): Promise<void> => {
      const asked = w.selector.query(A, query('a.example.org'));
      await clock.advance(ms);
      expect((await asked).transport).toBe('do53');
    };
    // The system sends the SYN again, and we the datagram: both arrive when the server is back.
    w.dot.set(A, late);
    w.do53.set(A, delayed(clock, 1_000));
    w.prober.set(A, 'refused');
    await askIn(2_000);
    w.dot.set(A, REFUSED);
    w.do53.set(A, 'good');
    for (let i = 0; i < 3; i++) await askIn(1_000);
    expect([w.status(A), w.transitions.length]).toEqual(['Good', 1]);
    // It stays so: the server's own.
    await clock.advance(2_000);
    w.dot.set(A, late);
    for (let i = 0; i < 2; i++) await askIn(2_000);
    expect(w.status(A)).toBe('Bad');
  });
});
