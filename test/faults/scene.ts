import { connect as connectTcp } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createGuard } from '../../src/contact/guard.js';
import type { ServerObject } from '../../src/contact/server.js';
import { DotProber } from '../../src/probe/dot-prober.js';
import { TransportSelector } from '../../src/selector.js';
import { type FaultServer, startFaultServer } from '../../src/testing/index.js';
import { Do53Exchange } from '../../src/transport/do53/exchange.js';
import type { Connect } from '../../src/transport/tls/tls.js';
import type { Make, OwnTrouble, Row } from './matrix.js';
import { StagedServer } from './staged-server.js';
import { SteppedClock } from './stepped-clock.js';
import { WatchedExchange } from './watched-exchange.js';

/** A moment is a turn of the event loop at least, in which all that has arrived is read, and a millisecond. */
const CALM_MOMENTS = 25;
/** A run that takes more steps than this goes round in circles. */
const MOST_STEPS = 2_000;

/** What a row can be made with in this process. */
export type LocalMake = Exclude<Make, { kind: 'firewall' }>;

/** What begins when a scene begins. */
interface Peer {
  readonly dotPort: number;
  activity(): number;
  begin(): Promise<void> | void;
  close(): Promise<void> | void;
}

/**
 * A selector with its usual policy and one server on real sockets. All time that anybody waits for is the scene's own: it
 * goes on to the next timer when nothing more comes over the sockets, however slow the machine is.
 */
export class Scene {
  readonly clock: SteppedClock;
  readonly selector: TransportSelector;
  readonly exchange: WatchedExchange;
  readonly target: ServerObject;
  readonly #clear: FaultServer;
  readonly #peer: Peer;
  readonly #calm: number;
  readonly #trouble: OwnTrouble;
  #begun = false;

  /** Sets a row's scene; nothing is wrong yet. */
  static async set(row: Row, make: LocalMake, address: string): Promise<Scene> {
    const clock = new SteppedClock();
    const clear = await startFaultServer({ address, fault: baseOf(make), ...clearOf(make), ...settingsOf(make) });
    const peer = await peerOf(make, clear, clock);
    return new Scene(row, make, clock, clear, peer);
  }

  private constructor(row: Row, make: LocalMake, clock: SteppedClock, clear: FaultServer, peer: Peer) {
    const { address, port } = clear;
    this.clock = clock;
    this.#clear = clear;
    this.#peer = peer;
    this.#calm = row.calm ?? CALM_MOMENTS;
    this.#trouble = make.kind === 'own' ? make.trouble : {};
    this.target = { address, port, dotPort: peer.dotPort, zone: 'example.test' };
    const admitting = createGuard({ allow: ['127.0.0.0/8', '::1/128'] });
    const guard = { admits: (to: string) => !(this.#begun && this.#trouble.forbidden) && admitting.admits(to) };
    const connect = this.#connect();
    const do53 = new Do53Exchange({ clock });
    this.exchange = new WatchedExchange({ clock, guard, connect });
    this.selector = new TransportSelector({
      ...{ clock, guard, do53, dot: this.exchange, random: () => 0.5 },
      prober: new DotProber({ clock, guard, connect, do53 }),
    });
  }

  /** Sockets of the row's own once its trouble has begun; where it has none, the library opens its own. */
  #connect(): Connect | undefined {
    const { connect } = this.#trouble;
    if (connect === undefined) return undefined;
    return (endpoint) =>
      this.#begun ? connect(endpoint) : connectTcp({ host: endpoint.address, port: endpoint.port, noDelay: true });
  }

  /** The fault begins; what it does at once is done when this settles. */
  async begin(): Promise<void> {
    this.#begun = true;
    await this.#peer.begin();
    await this.quiet(() => false);
  }

  /** Our event loop stands still, where that is the row's trouble; the time that took. */
  async stall(): Promise<number> {
    const { stallMs = 0 } = this.#trouble;
    if (stallMs === 0) return 0;
    // What was asked for has begun.
    await new Promise((resolve) => setImmediate(resolve));
    await this.clock.stall(stallMs);
    return stallMs;
  }

  /** Waits until nothing more comes over the sockets, or something is over. */
  async quiet(isOver: () => boolean): Promise<void> {
    const signs = () => this.#peer.activity() + this.#clear.counters.udpQueries + this.#clear.counters.tcpQueries;
    let seen = signs();
    for (let calm = 0; calm < this.#calm && !isOver(); calm++) {
      await wait(1);
      if (signs() !== seen) calm = 0;
      seen = signs();
    }
  }

  /** Lets time pass until a promise settles. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    promise.then(end, end);
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      await this.quiet(() => over);
      if (over) return promise;
      await this.clock.step();
    }
    throw new Error('it does not end');
  }

  async close(): Promise<void> {
    const closed = this.selector.close();
    await this.clock.advance(1_000);
    await closed;
    await this.#peer.close();
    await this.#clear.close();
  }
}

function baseOf(make: LocalMake): 'good' | 'closed' | 'tls12' {
  if (make.kind === 'act') return 'closed';
  return make.kind === 'fault' && make.before === 'tls12' ? 'tls12' : 'good';
}

function clearOf(make: LocalMake): object {
  return make.kind === 'own' || make.clear === undefined ? {} : { clear: make.clear };
}

function settingsOf(make: LocalMake): object {
  return make.kind === 'fault' ? (make.settings ?? {}) : {};
}

async function peerOf(make: LocalMake, server: FaultServer, clock: SteppedClock): Promise<Peer> {
  if (make.kind === 'act') {
    const staged = await StagedServer.start(server.address);
    const begin = () => staged.play(make.act(clock));
    return { dotPort: staged.port, activity: () => staged.activity, begin, close: () => staged.close() };
  }
  const { counters, dotPort } = server;
  const activity = () =>
    counters.connections + counters.open + counters.handshakes + counters.dotQueries + counters.unasked;
  const faulty = make.kind === 'fault' ? make.fault : make.server;
  const begin = async () => {
    if (faulty !== undefined) await server.setFault(faulty);
  };
  return { dotPort, activity, begin, close: () => undefined };
}
