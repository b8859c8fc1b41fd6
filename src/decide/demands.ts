import type { Claim } from '../contact/claim.js';
import { type ContactFacts, type Demand, NO_FACTS } from '../contact/contact.js';
import {
  type Decision,
  type DecisionMoment,
  type DecisionReason,
  dotOnly,
  inClear,
  type RefusedReason,
  refused,
} from '../contact/decision.js';
import type { ResolvedServer } from '../contact/server.js';
import type { AdmittingGuard } from '../rules/admitting-guard.js';
import { isFree } from '../rules/rule-lookup.js';
import type { RulesInForce } from '../rules/rules-in-force.js';
import { isExempt, ruleFor, subjectOf, type Terms, termsOf } from '../rules/terms.js';
import { isClosed, isDenial } from '../sources/claim-weight.js';
import { type Claimed, type Claims, contactOf } from '../sources/claims.js';
import { probedClaims } from '../sources/probing-source.js';
import type { Endpoint, EndpointState } from '../state/model.js';
import type { Exchange } from '../transport/exchange.js';
import { authenticatorOf } from '../transport/tls/authenticator.js';
import type { Question } from '../wire/names.js';

/** The caller wants it encrypted or not at all. */
const DEMANDED: Terms = { reason: 'demand', demanded: true };
/** A source knows that there is no DoT. */
const DENIED: Terms = { reason: 'source-never' };

/** What one decision is about, when and where it is made. */
export interface Asked extends DecisionMoment {
  /** What the host says of the contact. */
  readonly facts: ContactFacts;
  /** What the query asks, where there is one. */
  readonly question: Question | undefined;
}

/** What is demanded of a contact, and by whom. */
export interface Demanded {
  /** What a source says, where one does. */
  readonly claimed: Claimed | undefined;
  /** The server, with the endpoint that a source has led to. */
  readonly server: ResolvedServer;
  /** `undefined` where the policy decides. */
  readonly terms: Terms | undefined;
}

/** What an explanation tells of rules and sources. */
export interface Grounds {
  readonly rule: string | undefined;
  readonly claims: readonly Claim[];
}

/** What demands need of the selector's parts. */
export interface DemandsParts {
  readonly rules: RulesInForce;
  readonly guard: AdmittingGuard;
  readonly dot: Exchange;
  readonly timeoutMs: number;
}

/**
 * What the operator's rules, the caller, and sources whose word is as good demand of a contact, in this order. It goes before
 * all that is known of the server.
 */
export class Demands {
  readonly #parts: DemandsParts;
  readonly #claims: Claims | undefined;

  /**
   * @param parts - the rules in force, and what else they need
   * @param claims - what sources say, where there are any
   */
  constructor(parts: DemandsParts, claims: Claims | undefined) {
    this.#parts = parts;
    this.#claims = claims;
  }

  /**
   * Whether nothing is demanded or claimed of the address that was read into `WORDS` last, for certain: the policy decides.
   *
   * @param facts - what the contact is about
   * @param question - what the query asks, where there is one
   */
  isFree({ zone, nameserver, demand }: ContactFacts, question: Question | undefined): boolean {
    if (demand === 'require' || this.#claims !== undefined) return false;
    const { lookup } = this.#parts.rules;
    if (lookup === undefined) return true;
    // Its spelling is not known.
    if (nameserver !== undefined) return false;
    return isFree(lookup.action(zone, undefined, lookup.hasZones ? question?.name : undefined));
  }

  /**
   * What sources say of a contact, and what is demanded of it.
   *
   * @param given - the server as the host named it, with what the contact is about
   * @param asked - what it is about
   * @param counts - whether it is a contact
   * @param demand - what the host wants
   */
  of(given: ResolvedServer, asked: Asked, counts: boolean, demand: Demand = asked.facts.demand): Demanded {
    const { facts, question, now } = asked;
    const claimed = this.#claims?.of(given, facts, question?.name, now, counts);
    const server = claimed?.server ?? given;
    return { claimed, server, terms: this.#termsOf(server, demand, question, claimed) };
  }

  /**
   * Which rule applies to a server, and what sources say of it, probing last: for people.
   *
   * @param server - which
   * @param now - the monotonic time
   * @param stateOf - what probing has shown of an endpoint
   */
  groundsOf(server: ResolvedServer, now: number, stateOf: (endpoint: Endpoint) => EndpointState | undefined): Grounds {
    const contact = contactOf(server, NO_FACTS, undefined, now, false);
    const claims = [...(this.#claims?.all(contact) ?? []), ...probedClaims(contact, stateOf)];
    const { lookup } = this.#parts.rules;
    return { rule: lookup === undefined ? undefined : ruleFor(lookup, server), claims };
  }

  /**
   * The decision that terms ask for. It is no contact: nothing need be found out, and what a later probe says in clear text must
   * not tell of it.
   *
   * @param server - with what the contact is about
   * @param ref - as the host gave it
   * @param terms - what is demanded
   * @param attemptMs - how long an attempt over DoT may live, in milliseconds
   * @param moment - when and where
   */
  decide<S>(server: ResolvedServer, ref: S, terms: Terms, attemptMs: number, moment: DecisionMoment): Decision<S> {
    const { reason, authentication, refuses, refusal, demanded } = terms;
    const { dot, clear } = server;
    const { guard, timeoutMs, dot: exchange } = this.#parts;
    const refuse = (why: RefusedReason) => refused(ref, server, why, timeoutMs, moment);
    if (refusal !== undefined) return refuse(refusal);
    if (reason === 'rule-never' || reason === 'source-never') {
      const nothing = refuses === true || clear === undefined;
      return nothing ? refuse('rule-never') : inClear(ref, server, reason, timeoutMs, moment);
    }
    if (dot === undefined) return refuse('port');
    if (!guard.admits(dot.address)) return refuse('guard');
    const canCheck = authentication !== undefined && exchange.authenticates === true;
    const mustCheck = reason === 'rule-authenticate' || authentication !== undefined;
    if (mustCheck && !canCheck) return refuse('authentication');
    return dotOnly(ref, server, { reason, timeoutMs: attemptMs, authentication, demanded: demanded === true }, moment);
  }

  #termsOf(
    server: ResolvedServer,
    demand: Demand,
    question: Question | undefined,
    claimed: Claimed | undefined,
  ): Terms | undefined {
    const { lookup } = this.#parts.rules;
    // As nearly always: nothing is made for it.
    if (lookup === undefined && claimed === undefined) return demand === 'require' ? DEMANDED : undefined;
    const subject = subjectOf(server, lookup?.hasZones === true ? question?.name : undefined);
    const ruled = lookup === undefined ? undefined : termsOf(lookup, subject);
    if (ruled?.reason === 'rule-never') return demand === 'require' ? { ...ruled, refuses: true } : ruled;
    const byBoth = ruled === undefined ? DEMANDED : { ...ruled, demanded: true };
    const demanded = demand === 'require' ? byBoth : ruled;
    if (demanded === undefined) {
      const terms = claimed === undefined ? undefined : ofClaim(claimed);
      // A rule that leaves the choice does so whatever a source says.
      const exempt = terms !== undefined && lookup !== undefined && isExempt(lookup, subject);
      return exempt ? undefined : terms;
    }
    // What a rule wants proven goes before what the source of the endpoint does.
    const { authentication } = claimed ?? {};
    return demanded.reason === 'rule-authenticate' || authentication === undefined
      ? demanded
      : { ...demanded, authentication };
  }
}

/** What a claim demands by itself; `undefined` where it leaves the choice. */
function ofClaim({ claim, authentication, refusal }: Claimed): Terms | undefined {
  if (isDenial(claim)) return DENIED;
  return isClosed(claim) ? { reason: 'source-require', authentication, refusal } : undefined;
}

/** Whether a decision is of a demand, and not of what is known, by its reason. */
export function isByDemand(reason: DecisionReason): boolean {
  return /^(rule|source|demand|authentication)/.test(reason);
}

/**
 * Whether a decision is what terms ask for, or stricter.
 *
 * @param decision - any
 * @param terms - what is demanded
 */
export function isUnder({ action, fallback, authentication }: Decision, terms: Terms): boolean {
  if (action === 'refuse') return true;
  if (terms.reason === 'rule-never' || terms.reason === 'source-never')
    return action === 'clear' && terms.refuses !== true;
  if (action === 'clear' || fallback) return false;
  if (terms.reason !== 'rule-authenticate' && terms.authentication === undefined) return true;
  if (authentication === undefined || terms.authentication === undefined) return false;
  return authenticatorOf(authentication).key === authenticatorOf(terms.authentication).key;
}
