import { setTimeout as wait } from 'node:timers/promises';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { createGuard, DotExchange, type ProbeInfo, type ServerObject, TransportSelector } from '../../src/index.js';
import { rawTls } from '../../test/support/raw-client.js';
import type { Place } from '../../tools/place.js';
import { NotRun, type Row } from '../row.js';
import { habitsInWords, habitsOf } from './habits.js';
import { type RunningServer, startServer } from './server.js';
import { BIG, BIG_STRINGS, type Software, ZONE } from './software.js';
import { judged, Traffic } from './traffic.js';

const QUERIES = 2_000;
const WINDOW = 100;
const PER_SECOND = 150;
const RELOAD_EACH_MS = 3_000;
const WARM_MS = 1_000;
const AFTER_MS = 3_000;
const POLL_MS = 5;
const FIRST_QUERIES = 20;
const BETWEEN_MS = 200;
const IDLE_SECONDS = 1;
/** Pauses that end before, at and after the moment at which the server closes; Knot takes up to a second longer. */
const AROUND_CLOSE_MS = [-20, -10, -5, -2, 0, 2, 5, 10, 2_000];

/** Something that is tried with a server. */
type Try = Pick<Row, 'what' | 'part'> & {
  run(software: Software, place: Place): Promise<string>;
};

/** What is tried with each server. */
export const TRIES: readonly Try[] = [
  { what: 'habits', part: 'whole', run: habits },
  { what: 'discovery', part: 'both', run: discovery },
  { what: `${QUERIES.toLocaleString('en')} queries, ${WINDOW} at once`, part: 'both', run: load },
  { what: 'pauses as long as its idle timeout', part: 'whole', run: idle },
  { what: 'reload under load', part: 'whole', run: reload },
  { what: 'restart under load', part: 'both', run: restart },
  { what: 'big answer', part: 'both', run: big },
];

/** A server, and a selector that may connect to it. */
class Scene implements AsyncDisposable {
  readonly server: RunningServer;
  readonly target: ServerObject;
  readonly dot: DotExchange;
  readonly selector: TransportSelector;
  readonly traffic: Traffic;

  private constructor(server: RunningServer, recursive: boolean | undefined) {
    const guard = createGuard({ allow: ['127.0.0.0/8'] });
    this.server = server;
    this.target = { address: server.address, port: server.port, dotPort: server.dotPort, zone: ZONE };
    this.dot = new DotExchange({ guard });
    this.selector = new TransportSelector({ guard, dot: this.dot });
    this.traffic = new Traffic(this.selector, this.target, recursive);
  }

  static async open(software: Software, place: Place, idleSeconds?: number): Promise<Scene> {
    return new Scene(await startServer(software, place, idleSeconds), software.recursive);
  }

  /** One whose server is known to be Good. */
  static async openGood(software: Software, place: Place, idleSeconds?: number): Promise<Scene> {
    const scene = await Scene.open(software, place, idleSeconds);
    await scene.selector.probe(scene.target);
    return scene;
  }

  /** What became of the traffic; see {@link judged}. */
  judged(): string {
    const { status } = this.selector.explain(this.target);
    if (status !== 'Good') throw new Error(`the server is ${status}`);
    return judged(this.traffic, this.selector.metrics().clearToGood);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.selector.close();
    await this.dot.close();
    await this.server[Symbol.asyncDispose]();
  }
}

async function habits(software: Software, place: Place): Promise<string> {
  await using server = await startServer(software, place);
  return habitsInWords(await habitsOf(server, software.recursive));
}

/** Queries go out in clear text until a probe has ended; the next one is encrypted. */
async function discovery(software: Software, place: Place): Promise<string> {
  await using scene = await Scene.open(software, place);
  const { selector, traffic, target } = scene;
  const probed = new Promise<ProbeInfo>((resolve) => void selector.once('probe', resolve));
  let probe: ProbeInfo | undefined;
  while (probe === undefined) {
    if (traffic.asked === FIRST_QUERIES) throw new Error(`no probe has ended after ${FIRST_QUERIES} queries`);
    await traffic.ask();
    probe = await Promise.race([probed, wait(BETWEEN_MS, undefined)]);
  }
  const { demoted } = traffic;
  await traffic.ask();
  const said = scene.judged();
  if (traffic.demoted > demoted) throw new Error(`${said}: the one after the probe is not encrypted`);
  const { times, tls } = probe.result;
  const ms = (times.connect ?? 0) + (times.handshake ?? 0) + (times.answer ?? 0);
  return `${selector.explain(target).status} after ${demoted} queries, by a probe of ${ms.toFixed(0)} ms, ${tls?.protocol}`;
}

async function load(software: Software, place: Place): Promise<string> {
  await using scene = await Scene.openGood(software, place);
  await scene.traffic.inWindow(QUERIES, WINDOW);
  return scene.judged();
}

async function idle(software: Software, place: Place): Promise<string> {
  await using scene = await Scene.openGood(software, place, IDLE_SECONDS);
  await scene.traffic.ask();
  for (const around of AROUND_CLOSE_MS) {
    await wait(1_000 * IDLE_SECONDS + around);
    await scene.traffic.ask();
  }
  if (scene.dot.sessions.opened === 0) throw new Error('the server has not closed');
  return `${scene.judged()}, ${sessionsOf(scene)}`;
}

async function reload(software: Software, place: Place): Promise<string> {
  if (software.reload === 'none') throw new NotRun('it has no command for it');
  await using scene = await Scene.openGood(software, place);
  const { server, traffic } = scene;
  const before = await certificateOf(server);
  server.setCertificate('selfSigned');
  await using load = traffic.begin(PER_SECOND);
  let reloads = 0;
  while (traffic.asked + (PER_SECOND * RELOAD_EACH_MS) / 1_000 < QUERIES) {
    await wait(RELOAD_EACH_MS);
    await server.reload();
    reloads++;
  }
  await wait(RELOAD_EACH_MS);
  await load.end();
  const certificate = (await certificateOf(server)) === before ? 'keeps its certificate' : 'takes the new certificate';
  return `${scene.judged()}, ${reloads} reloads, ${sessionsOf(scene)}, ${certificate}`;
}

async function restart(software: Software, place: Place): Promise<string> {
  await using scene = await Scene.openGood(software, place);
  const { server, traffic } = scene;
  await using load = traffic.begin(PER_SECOND);
  await wait(WARM_MS);
  const haltedAt = performance.now();
  traffic.there = false;
  await server.restart();
  traffic.there = true;
  const backAt = performance.now();
  const { encrypted } = traffic;
  while (traffic.encrypted === encrypted && performance.now() - backAt < AFTER_MS) await wait(POLL_MS);
  const againMs = performance.now() - backAt;
  await wait(AFTER_MS);
  await load.end();
  return `${scene.judged()}, away for ${(backAt - haltedAt).toFixed(0)} ms, encrypted ${againMs.toFixed(0)} ms after`;
}

async function big(software: Software, place: Place): Promise<string> {
  await using scene = await Scene.openGood(software, place);
  const flags = software.recursive ? RECURSION_DESIRED : 0;
  const query = encode({ type: 'query', id: 1, flags, questions: [{ type: 'TXT', name: BIG }] });
  const { message, encrypted } = await scene.selector.query(scene.target, query);
  const { answers = [] } = decode(Buffer.from(message));
  const said = `${message.length} octets, ${answers.length} records`;
  if (!encrypted || answers.length !== BIG_STRINGS.length) throw new Error(`${said}, encrypted: ${encrypted}`);
  return said;
}

function sessionsOf({ dot }: Scene): string {
  return `new sessions: ${dot.sessions.opened}`;
}

async function certificateOf({ address, dotPort }: RunningServer): Promise<string | undefined> {
  const { socket } = await rawTls({ address, port: dotPort });
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
  socket.destroy();
  return fingerprint;
}
