import { NotInstalled } from '../../../../tools/place.js';
import { packetsOf } from '../report/packets.js';
import type { ScenarioResult, Sheet } from '../report/result.js';
import type { Adapter, Subject } from '../resolvers/adapter.js';
import { durationOf } from '../sheet/duration.js';
import type { Observation } from '../sheet/observation.js';
import { ONE_SERVER, type Scenario } from '../sheet/scenario.js';
import { decideTries, type Judgement, judge } from '../sheet/verdict.js';
import { resolverAddress } from '../world/addresses.js';
import type { World } from '../world/world.js';
import { Client } from './client.js';
import { NotApplicable, NotStarted, ResolverProcess } from './process.js';
import { Stage } from './stage.js';
import { watchingStalls } from './stalls.js';

const RESOLVER_PORT = 53;
const UNDISTURBED_TRIES = 3;

/** What a run is made of. */
export interface RunOptions {
  readonly world: World;
  /** The network namespace of the resolvers. */
  readonly namespace: string;
  readonly scenarios: readonly Scenario[];
  /** How many scenarios are under way at once, each with a resolver of its own. */
  readonly jobs: number;
  /** Told of each result. */
  readonly onResult: (resolver: string, result: ScenarioResult) => void;
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
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, scenario] = next;
        const result = subject === undefined ? notRun(scenario, why) : await this.#resultOf(subject, scenario);
        results[index] = result;
        this.#options.onResult(adapter.name, result);
      }
    };
    await Promise.all(Array.from({ length: this.#options.jobs }, work));
    return { resolver: adapter.name, title, results, seconds: Math.round((performance.now() - began) / 1_000) };
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

  async #resultOf(subject: Subject, scenario: Scenario): Promise<ScenarioResult> {
    const { id, tries = 1, notForForwarders } = scenario;
    if (subject.isForwarder === true && notForForwarders !== undefined) {
      return { ...notRun(scenario, `it is a forwarder: ${notForForwarders}`), verdict: 'not applicable' };
    }
    const judged: { judgement: Judgement; observation: Observation }[] = [];
    try {
      for (let i = 0; i < tries; i += 1) {
        const observation = await this.#undisturbed(subject, scenario);
        judged.push({ judgement: judge(scenario, observation), observation });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (error instanceof NotStarted && error.isAgain) return { ...notRun(scenario, why), verdict: 'fail' };
      return { ...notRun(scenario, why), verdict: error instanceof NotApplicable ? 'not applicable' : 'not run' };
    }
    const decided = decideTries(judged.map(({ judgement }) => judgement));
    const observation = judged.find(({ judgement }) => judgement === decided)?.observation;
    const isFail = decided.verdict === 'fail' && observation !== undefined;
    return { id, ...decided, tries, packets: isFail ? packetsOf(observation) : undefined };
  }

  /** Tries again where the machine was too busy, and takes the last try as it is. */
  async #undisturbed(subject: Subject, scenario: Scenario): Promise<Observation> {
    for (let i = 1; i < UNDISTURBED_TRIES; i += 1) {
      const { result, stalled } = await watchingStalls(() => this.#try(subject, scenario));
      if (!stalled) return result;
    }
    return this.#try(subject, scenario);
  }

  async #try(subject: Subject, scenario: Scenario): Promise<Observation> {
    this.#tries += 1;
    const address = resolverAddress(this.#tries);
    const { world, namespace } = this.#options;
    await using place = await world.place(scenario.servers ?? ONE_SERVER);
    const forwardTo = [...place.leaves.values()].map((leaf) => leaf.address);
    await using resolver = new ResolverProcess({ subject, namespace, address, port: RESOLVER_PORT, forwardTo });
    using client = new Client(address, RESOLVER_PORT, `${this.#tries}`);
    await resolver.start(client);
    return await Stage.play(scenario, { world, place, resolver, client });
  }
}

function notRun({ id }: Scenario, why: string): ScenarioResult {
  return { id, verdict: 'not run', why, measured: [], tries: 0 };
}
