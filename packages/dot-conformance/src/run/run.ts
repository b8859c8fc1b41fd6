import { NotInstalled } from '../../../../tools/place.js';
import { packetsOf } from '../report/packets.js';
import type { ScenarioResult, Sheet } from '../report/result.js';
import type { Adapter, Subject } from '../resolvers/adapter.js';
import { durationOf } from '../sheet/duration.js';
import type { Feels, Unfelt } from '../sheet/feel.js';
import { DISTURBED_MS, disturbanceOf } from '../sheet/figures.js';
import type { Observation } from '../sheet/observation.js';
import { ONE_SERVER, type Scenario } from '../sheet/scenario.js';
import { decideTries, judge } from '../sheet/verdict.js';
import { resolverAddress } from '../world/addresses.js';
import type { World } from '../world/world.js';
import { Client } from './client.js';
import { Control } from './control.js';
import { measureFeels } from './feel.js';
import { NotApplicable, NotStarted, ResolverProcess } from './process.js';
import { ProcessorWatch } from './processor-watch.js';
import { Stage } from './stage.js';
import { watchingStalls } from './stalls.js';
import { type Judged, undisturbed } from './undisturbed.js';

const RESOLVER_PORT = 53;

/** What a run is made of. */
export interface RunOptions {
  readonly world: World;
  /** The network namespace of the resolvers. */
  readonly namespace: string;
  readonly scenarios: readonly Scenario[];
  /** How many scenarios are under way at once, each with a resolver of its own. */
  readonly jobs: number;
  /** Whether to measure what clients feel too. */
  readonly isFelt: boolean;
  /** Told of each result. */
  readonly onResult: (resolver: string, result: ScenarioResult) => void;
  /** Told of each try that is made again, because it failed while the machine stood still for this long (ms). */
  readonly onDisturbed: (id: string, ms: number) => void;
}

/** One try. */
interface Tried {
  readonly observation: Observation;
  /** How long the resolver waited for a processor in its worst second, in milliseconds. */
  readonly waitedMs: number;
}

/** Puts resolvers before the scenarios. Each try has a freshly started resolver, and servers that nobody has met. */
export class Run {
  readonly #options: RunOptions;
  #tries = 0;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** Fills in one resolver's sheet. */
  async sheetOf(adapter: Adapter): Promise<Sheet> {
    const began = performance.now();
    const { title, subject, why } = await this.#find(adapter);
    const results: ScenarioResult[] = [];
    const waiting = [...this.#options.scenarios.entries()].sort(([, a], [, b]) => durationOf(b) - durationOf(a));
    const work = async (): Promise<void> => {
      await using control = subject === undefined ? undefined : await this.#control();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, scenario] = next;
        const isRun = subject !== undefined && control !== undefined;
        const result = isRun ? await this.#resultOf(subject, scenario, control) : notRun(scenario, why);
        results[index] = result;
        this.#options.onResult(adapter.name, result);
      }
    };
    await Promise.all(Array.from({ length: this.#options.jobs }, work));
    const feel = subject === undefined || !this.#options.isFelt ? undefined : await this.#feel(subject);
    return { resolver: adapter.name, title, results, feel, seconds: Math.round((performance.now() - began) / 1_000) };
  }

  /** Behind all scenarios, so that nothing else is under way. A forwarder follows no delegation to the many servers. */
  async #feel(subject: Subject): Promise<Feels | Unfelt | undefined> {
    const { world, namespace } = this.#options;
    if (subject.isForwarder === true) return undefined;
    try {
      return await measureFeels({ subject, world, namespace, addresses: [this.#address(), this.#address()] });
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error;
      return { why: error.message };
    }
  }

  async #control(): Promise<Control> {
    const { world, namespace } = this.#options;
    return await Control.start({ world, namespace, address: this.#address() });
  }

  /** One that no resolver has had. */
  #address(): string {
    this.#tries += 1;
    return resolverAddress(this.#tries);
  }

  async #find(adapter: Adapter): Promise<{ title: string; subject?: Subject; why: string }> {
    try {
      const subject = await adapter.find();
      return { title: subject.title, subject, why: '' };
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
      return { title: adapter.name, why: error.message };
    }
  }

  async #resultOf(subject: Subject, scenario: Scenario, control: Control): Promise<ScenarioResult> {
    const { id, tries = 1, notForForwarders } = scenario;
    if (subject.isForwarder === true && notForForwarders !== undefined) {
      return { ...notRun(scenario, `it is a forwarder: ${notForForwarders}`), verdict: 'not applicable' };
    }
    const judged: Judged[] = [];
    try {
      for (let i = 0; i < tries; i += 1) {
        judged.push(await this.#judged(subject, scenario, control));
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (error instanceof NotStarted && error.isAgain) return { ...notRun(scenario, why), verdict: 'fail' };
      return { ...notRun(scenario, why), verdict: error instanceof NotApplicable ? 'not applicable' : 'not run' };
    }
    const decided = decideTries(judged.map(({ judgement }) => judgement));
    const one = judged.find(({ judgement }) => judgement === decided);
    if (decided.verdict === 'pass' || one === undefined) return { id, ...decided, tries };
    const disturbedMs = one.disturbedMs > DISTURBED_MS ? one.disturbedMs : undefined;
    return { id, ...decided, tries, packets: packetsOf(one.observation), disturbedMs };
  }

  async #judged(subject: Subject, scenario: Scenario, control: Control): Promise<Judged> {
    return await undisturbed(
      async () => {
        const { result, stalledMs } = await watchingStalls(() => this.#try(subject, scenario, control));
        const { observation, waitedMs } = result;
        const disturbedMs = Math.max(stalledMs, disturbanceOf(observation), Math.round(waitedMs));
        return { judgement: judge(scenario, observation), observation, disturbedMs };
      },
      (ms) => this.#options.onDisturbed(scenario.id, ms),
    );
  }

  async #try(subject: Subject, scenario: Scenario, control: Control): Promise<Tried> {
    const address = this.#address();
    const { world, namespace } = this.#options;
    await using place = await world.place(scenario.servers ?? ONE_SERVER);
    const forwardTo = [...place.leaves.values()].map((leaf) => leaf.address);
    await using resolver = new ResolverProcess({ subject, namespace, address, port: RESOLVER_PORT, forwardTo });
    using client = new Client(address, RESOLVER_PORT, `${this.#tries}`);
    await resolver.start(client);
    using watch = new ProcessorWatch(() => resolver.pid);
    const observation = await Stage.play(scenario, { world, place, resolver, client, control });
    return { observation, waitedMs: watch.mostMs };
  }
}

function notRun({ id }: Scenario, why: string): ScenarioResult {
  return { id, verdict: 'not run', why, measured: [], tries: 0 };
}
