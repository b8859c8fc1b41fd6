import { canonicalZone } from '../wire/names.js';
import { type AnswerOptions, answerTo, type DesignatedPort, type RcodeName } from './answers.js';
import type { ParsedQuery } from './query.js';

/** The response code of one zone, where it is not the one that the name asks for. */
export interface ZoneBehaviour {
  /** Over DoT. */
  readonly dot?: RcodeName | undefined;
  /** Over Do53. */
  readonly clear?: RcodeName | undefined;
}

/** Makes the right answers of one fault server: those of its zones. */
export class Responder {
  readonly #zones: ReadonlyMap<string, ZoneBehaviour>;
  readonly #designated: DesignatedPort | undefined;

  /**
   * @param zones - by name, in any spelling; the final dot is optional
   * @param designated - the DoT port that it designates, if any
   */
  constructor(zones: Readonly<Record<string, ZoneBehaviour>>, designated?: DesignatedPort) {
    this.#designated = designated;
    this.#zones = new Map(Object.entries(zones).map(([name, behaviour]) => [canonical(name), behaviour]));
  }

  /** The answer to a query over DoT. */
  overDot(query: ParsedQuery, options: AnswerOptions = {}): Buffer {
    return answerTo(query, {
      ...{ rcode: this.#zoneOf(query.name)?.dot, pad: true, designated: this.#designated },
      ...options,
    });
  }

  /** The answer to a query over Do53. */
  overDo53(query: ParsedQuery, options: AnswerOptions = {}): Buffer {
    return answerTo(query, {
      ...{ rcode: this.#zoneOf(query.name)?.clear, designated: this.#designated },
      ...options,
    });
  }

  /** The closest zone that holds a name. */
  #zoneOf(name: string): ZoneBehaviour | undefined {
    for (let rest = name; rest !== ''; rest = rest.slice(rest.indexOf('.') + 1)) {
      const zone = this.#zones.get(rest);
      if (zone !== undefined) return zone;
    }
    return this.#zones.get('.');
  }
}

/** The spelling of {@link ParsedQuery.name}; an empty name is the root's. */
function canonical(name: string): string {
  return name === '' ? '.' : canonicalZone(name);
}
