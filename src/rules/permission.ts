import type { Authentication } from '../contact/authentication.js';
import type { Decision } from '../contact/decision.js';
import { nameOfQuestion } from '../wire/names.js';
import type { RulesInForce } from './rules-in-force.js';
import { subjectOf, type Terms, termsOf } from './terms.js';

/**
 * What the rules let be sent of one query. It is asked at the moment of sending, each time: where other rules are in force by
 * then, they are looked up again, so that nothing leaves that they forbid, whatever was decided before.
 */
export class Permission {
  readonly #rules: RulesInForce;
  readonly #decision: Decision;
  readonly #message: Uint8Array | undefined;
  /** The rules that the query was decided under, or that were looked up since. */
  #version: number;
  /** What the others demand; as it was decided while there are none. */
  #terms: Terms | 'as decided' | undefined = 'as decided';

  /**
   * @param rules - in force
   * @param decision - which server, and what the contact is about
   * @param message - the query, where it is known
   */
  constructor(rules: RulesInForce, decision: Decision, message?: Uint8Array) {
    this.#rules = rules;
    this.#decision = decision;
    this.#message = message;
    this.#version = rules.version;
  }

  /** Whether clear text may be sent. */
  clear(): boolean {
    const terms = this.#look();
    return terms === 'as decided' || terms === undefined || terms.reason === 'rule-never';
  }

  /**
   * Whether it may be sent over DoT.
   *
   * @param authentication - what the server has proven there
   */
  encrypted(authentication: Authentication | undefined): boolean {
    const terms = this.#look();
    if (terms === 'as decided' || terms === undefined) return true;
    if (terms.reason === 'rule-never') return false;
    return terms.reason !== 'rule-authenticate' || isSame(terms.authentication, authentication);
  }

  #look(): Terms | 'as decided' | undefined {
    const { version, lookup } = this.#rules;
    if (version === this.#version) return this.#terms;
    this.#version = version;
    const asked = this.#message && nameOfQuestion(this.#message);
    this.#terms = lookup && termsOf(lookup, subjectOf(this.#decision.server, asked));
    return this.#terms;
  }
}

/** Of canonical ones; nobody has proven what nobody could. */
function isSame(demanded: Authentication | undefined, proven: Authentication | undefined): boolean {
  return demanded !== undefined && proven !== undefined && JSON.stringify(demanded) === JSON.stringify(proven);
}
