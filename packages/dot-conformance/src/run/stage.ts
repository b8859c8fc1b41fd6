import { setTimeout as wait } from 'node:timers/promises';
import { measure } from '../sheet/figures.js';
import type { AskedQuery, ControlQuery, Observation, Phase } from '../sheet/observation.js';
import { type Ask, LEARN, type Scenario, type Step } from '../sheet/scenario.js';
import { LEARNT } from '../sheet/verdict.js';
import type { Leaf } from '../world/leaf.js';
import type { Place, World } from '../world/world.js';
import type { Client } from './client.js';
import type { Control } from './control.js';
import type { ResolverProcess } from './process.js';

/** What is on its way when the last answer is there: so long the last phase goes on. */
const SETTLE_MS = 100;

/** A phase that is going on. */
interface OpenPhase {
  readonly name: string;
  readonly from: number;
  readonly asked: AskedQuery[];
  readonly control: ControlQuery[];
  /** When the next one began. */
  to: number | undefined;
}

/** What a scenario is played with. */
export interface StageParts {
  readonly world: World;
  /** The scenario's servers. */
  readonly place: Place;
  /** It has been started. */
  readonly resolver: ResolverProcess;
  readonly client: Client;
  /** Asked whenever the client asks. */
  readonly control: Control;
}

/** One try of one scenario with one resolver: takes the steps, and tells what was seen. */
export class Stage {
  readonly #world: World;
  readonly #place: Place;
  readonly #resolver: ResolverProcess;
  readonly #client: Client;
  readonly #control: Control;
  readonly #phases: OpenPhase[] = [];
  readonly #beside: Promise<void>[] = [];
  readonly #controls: Promise<void>[] = [];
  /** Whether the step `learn` gave up. */
  #neverEncrypted = false;

  private constructor({ world, place, resolver, client, control }: StageParts) {
    this.#world = world;
    this.#place = place;
    this.#resolver = resolver;
    this.#client = client;
    this.#control = control;
  }

  /** Takes all steps of a scenario. */
  static async play(scenario: Scenario, parts: StageParts): Promise<Observation> {
    const stage = new Stage(parts);
    for (const step of scenario.steps) {
      if (!stage.#neverEncrypted) await stage.#take(step);
    }
    await Promise.all([...stage.#beside, ...stage.#controls]);
    await wait(SETTLE_MS);
    return stage.#observed();
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'ask': {
        const asked = this.#ask(step);
        if (step.beside === true) this.#beside.push(asked);
        else await asked;
        return;
      }
      case 'join':
        await Promise.all(this.#beside.splice(0));
        return;
      case 'learn':
        await this.#learn();
        return;
      case 'set': {
        const { do: _, server, ...change } = step;
        await this.#leaf(server).set(change);
        return;
      }
      case 'filter':
        await this.#world.filter(step.filter, this.#leaf(step.server), step.on);
        return;
      case 'close-sessions':
        await this.#leaf(step.server).closeSessions(step.by ?? 'FIN');
        return;
      case 'wait':
        await wait(step.ms);
        return;
      case 'restart':
        await this.#resolver.stop(step.by);
        if (step.spoiled === true) this.#resolver.spoil();
        await this.#resolver.start(this.#client);
    }
  }

  async #ask({ phase, count, everyMs, kind, zone = 'own' }: Ask): Promise<void> {
    const open = this.#begin(phase);
    const began = performance.now();
    const queries: Promise<void>[] = [];
    for (let i = 0; i < count; i += 1) {
      const early = began + i * everyMs - performance.now();
      if (early > 0) await wait(early);
      const query = this.#client.ask(this.#place.zones[zone], kind);
      queries.push(query.then((answered) => void open.asked.push(answered)));
      this.#askControl(open);
    }
    await Promise.all(queries);
  }

  #askControl({ control }: OpenPhase): void {
    this.#controls.push(this.#control.ask().then((query) => void control.push(query)));
  }

  /** Asks one by one. The first queries and the latest two are phases of their own. */
  async #learn(): Promise<void> {
    const first = this.#begin('before');
    const latest: AskedQuery[] = [];
    for (let i = 0; i < LEARN.queries; i += 1) {
      const query = this.#client.ask(this.#place.zones.own);
      this.#askControl(first);
      latest.push(await query);
      if (latest.length > 2) first.asked.push(...latest.splice(0, 1));
      await wait(LEARN.everyMs);
      if (this.#areEncrypted(latest)) break;
    }
    this.#neverEncrypted = !this.#areEncrypted(latest);
    const from = latest[0]?.at ?? performance.now();
    first.to = from;
    this.#phases.push({ name: LEARNT, from, asked: latest, control: [], to: undefined });
  }

  #areEncrypted(asked: readonly AskedQuery[]): boolean {
    const phase: Phase = { name: LEARNT, from: 0, to: Number.POSITIVE_INFINITY, asked, control: [] };
    const seen = { ...this.#observed(), phases: [phase] };
    return measure(seen, LEARNT, 'encrypted client queries') === 2;
  }

  #begin(name: string): OpenPhase {
    const from = performance.now();
    const before = this.#phases.at(-1);
    if (before !== undefined) before.to ??= from;
    const phase: OpenPhase = { name, from, asked: [], control: [], to: undefined };
    this.#phases.push(phase);
    return phase;
  }

  #observed(): Observation {
    const leaves = [...this.#place.leaves.values()];
    return {
      phases: this.#phases.map(({ to = Number.POSITIVE_INFINITY, ...phase }) => ({ ...phase, to })),
      queries: leaves.flatMap((leaf) => leaf.queries()).sort((a, b) => a.at - b.at),
      connections: leaves.flatMap((leaf) => leaf.connections()).sort((a, b) => a.at - b.at),
    };
  }

  #leaf(name?: string): Leaf {
    const [only] = this.#place.leaves.keys();
    const leaf = this.#place.leaves.get(name ?? only ?? '');
    if (leaf === undefined) throw new Error(`no server ${name} in this scenario`);
    return leaf;
  }
}
