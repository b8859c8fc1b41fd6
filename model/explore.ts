/** One thing that happens in a model. */
export interface Move<S> {
  /** What people call it. */
  readonly name: string;
  readonly next: S;
  /** What is wrong with it. */
  readonly breaches: readonly Breach[];
}

/** A promise that is not kept. */
export interface Breach {
  /** The name of the promise. */
  readonly property: string;
  /** How it is not kept, where that says more. */
  readonly detail: string;
}

/** A breach and the shortest way to it. */
export interface Violation extends Breach {
  readonly trace: readonly TraceStep[];
}

/** What happened, and what was so after. */
export interface TraceStep {
  readonly name: string;
  readonly state: string;
}

/** What is explored: a beginning and all that can follow. */
export interface Model<S> {
  readonly name: string;
  readonly initial: S;
  /** Equal for states that have the same future. */
  keyOf(state: S): string;
  /** For people. */
  textOf(state: S): string;
  /** All that can happen next. */
  moves(state: S): readonly Move<S>[];
  /** Promises about all reachable states together. */
  exitsOf(states: readonly S[]): Exits;
}

/** What was found about the ways out of all states. */
export interface Exits {
  readonly breaches: readonly StateBreach[];
  /** The most ticks until nothing is held, if nothing happens from outside. */
  readonly longest: number;
}

/** A breach found in a state, by its place among the states, and what followed from there. */
export interface StateBreach extends Breach {
  readonly at: number;
  readonly after: readonly TraceStep[];
}

/** What was found. */
export interface Exploration {
  readonly name: string;
  readonly states: number;
  readonly moves: number;
  /** The longest of the shortest ways to a state. */
  readonly depth: number;
  /** The most ticks until nothing is held, if nothing happens from outside. */
  readonly longestExit: number;
  /** The first of each property. */
  readonly violations: readonly Violation[];
}

/** How to explore. */
export interface ExploreOptions {
  /** Whether the first violation is enough. */
  readonly first?: boolean;
  /** Told now and then. */
  readonly progress?: (states: number, depth: number) => void;
}

const NO_EXITS: Exits = { breaches: [], longest: 0 };
/** How many states are explored between two lines of progress. */
const STRIDE = 4_096;

/** Visits every reachable state, the nearest first, so that the way to a violation is a shortest one. */
export function explore<S>(model: Model<S>, { first = false, progress }: ExploreOptions = {}): Exploration {
  const way = new Way(model);
  const violations = new Map<string, Violation>();
  const isEnough = () => first && violations.size > 0;
  let moves = 0;
  for (let at = 0; at < way.states.length && !isEnough(); at++) {
    if (at % STRIDE === 0) progress?.(way.states.length, way.depthOf(at));
    for (const move of model.moves(way.states[at] as S)) {
      moves++;
      for (const { property, detail } of move.breaches) {
        if (violations.has(property)) continue;
        const last = { name: move.name, state: model.textOf(move.next) };
        violations.set(property, { property, detail, trace: [...way.to(at), last] });
      }
      // What follows a broken promise says no more.
      if (move.breaches.length === 0) way.meet(move.next, at, move.name);
    }
  }
  // A state that something is wrong with may throw.
  const exits = violations.size > 0 ? NO_EXITS : model.exitsOf(way.states);
  for (const { at, after, property, detail } of exits.breaches) {
    if (!violations.has(property)) violations.set(property, { property, detail, trace: [...way.to(at), ...after] });
  }
  const { length } = way.states;
  return {
    name: model.name,
    states: length,
    moves,
    depth: way.depthOf(length - 1),
    longestExit: exits.longest,
    violations: [...violations.values()],
  };
}

/** The states that were met, and how. */
class Way<S> {
  readonly states: S[] = [];
  readonly #model: Model<S>;
  readonly #known = new Set<string>();
  readonly #from: number[] = [];
  readonly #by: string[] = [];
  readonly #depths: number[] = [];

  constructor(model: Model<S>) {
    this.#model = model;
    this.meet(model.initial, -1, '');
  }

  meet(state: S, from: number, by: string): void {
    const key = this.#model.keyOf(state);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.states.push(state);
    this.#from.push(from);
    this.#by.push(by);
    this.#depths.push(from < 0 ? 0 : this.depthOf(from) + 1);
  }

  depthOf(at: number): number {
    return this.#depths[at] ?? 0;
  }

  to(at: number): readonly TraceStep[] {
    const steps: TraceStep[] = [];
    for (let here = at; here > 0; here = this.#from[here] ?? 0) {
      steps.push({ name: this.#by[here] ?? '', state: this.#model.textOf(this.states[here] as S) });
    }
    return steps.reverse();
  }
}
