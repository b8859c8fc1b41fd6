import type { Clock } from '../common/clock.js';
import { lookupInSteps, lookupOf, type RuleLookup, type Rules } from './rule-lookup.js';

/** Rules up to this many, or a text up to this long in characters, are in force before the call returns: some milliseconds. */
const SHORT_RULES = 1_000;
const SHORT_TEXT = 65_536;

/** How long our event loop stands still at a time for more, in milliseconds. */
const SLICE_MS = 2;

const DONE: Promise<void> = Promise.resolve();

/** The rules that hold now; those who go by them keep this. */
export class RulesInForce {
  #lookup: RuleLookup | undefined;
  /** How often rules were given, and which of these are in force. */
  #given = 0;
  #version = 0;
  /** Those that are being read; the next wait for them. */
  #reading: Promise<unknown> = DONE;

  /**
   * @param rules - the first
   * @throws `InvalidInputError` `INVALID_RULE`
   */
  constructor(rules: Rules) {
    this.#lookup = lookupOf(rules);
  }

  /** The rules; `undefined` where there are none, which costs nothing. */
  get lookup(): RuleLookup | undefined {
    return this.#lookup;
  }

  /** Another number whenever other rules are in force: what was looked up before that has to be looked up again. */
  get version(): number {
    return this.#version;
  }

  /**
   * Other rules in the place of all these, all at once; where one is wrong, nothing changes. Many are read in slices, while the
   * old ones are in force.
   *
   * @param rules - from then on; a list is read until the promise settles
   * @param clock - where time is read
   * @param changed - is called when they are in force
   * @returns settles when they are in force, or others that were given after them
   * @throws `InvalidInputError` `INVALID_RULE`; rejects with it where they are many
   */
  set(rules: Rules, clock: Clock, changed: () => void): Promise<void> {
    if (isShort(rules)) {
      this.#put(lookupOf(rules), ++this.#given, changed);
      return DONE;
    }
    const number = ++this.#given;
    const read = this.#reading.then(() => inSlices(lookupInSteps(rules), clock));
    this.#reading = read.catch(() => undefined);
    return read.then((lookup) => this.#put(lookup, number, changed));
  }

  #put(lookup: RuleLookup | undefined, number: number, changed: () => void): void {
    // Those that were given later are in force already.
    if (number < this.#version) return;
    this.#version = number;
    this.#lookup = lookup;
    changed();
  }
}

function isShort(rules: Rules): boolean {
  if (typeof rules === 'string') return rules.length <= SHORT_TEXT;
  return !Array.isArray(rules) || rules.length <= SHORT_RULES;
}

/** Does work in slices, between which the event loop turns. */
function inSlices<T>(work: Generator<void, T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const slice = (): void => {
      try {
        const until = clock.now() + SLICE_MS;
        let step = work.next();
        while (step.done !== true && clock.now() < until) step = work.next();
        if (step.done === true) resolve(step.value);
        else clock.turn(slice);
      } catch (error) {
        reject(error);
      }
    };
    clock.turn(slice);
  });
}
