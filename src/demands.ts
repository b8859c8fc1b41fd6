import type { ContactFacts, Demand } from './contact-facts.js';
import { type Decision, dotOnly, inClear, type RefusedReason, refused } from './decision.js';
import type { Parts } from './options.js';
import type { RuleBook } from './rules/rule-book.js';
import { ruleFor, type Subject, type Terms, termsOf } from './rules/terms.js';
import type { ResolvedServer } from './server.js';
import { WORDS } from './state/words.js';
import { authenticatorOf } from './transport/authenticator.js';
import type { Question } from './transport/question.js';

/** Whoever asks wants it encrypted or not at all. */
const DEMANDED: Terms = { reason: 'demand' };

/** When and where a decision is made. */
export interface DecisionMoment {
  /** On the monotonic clock. */
  readonly now: number;
  /** The network that the host is on. */
  readonly epoch: number;
  /** How long an attempt over DoT may live, in milliseconds. */
  readonly attemptMs: number;
}

/** What the operator's rules, and whoever asks, demand of a contact. It goes before all that is known of the server. */
export class Demands {
  readonly #parts: Pick<Parts, 'rules' | 'guard' | 'dot' | 'timeoutMs'>;

  /** @param parts - the rules in force, and what else they need */
  constructor(parts: Pick<Parts, 'rules' | 'guard' | 'dot' | 'timeoutMs'>) {
    this.#parts = parts;
  }

  /**
   * Whether nothing is demanded of the address that was read into `WORDS` last, for certain: the policy decides.
   *
   * @param facts - what the contact is about
   * @param question - what the query asks, where there is one
   */
  isFree({ zone, nameserver, demand }: ContactFacts, question: Question | undefined): boolean {
    if (demand === 'require') return false;
    const { book } = this.#parts.rules;
    if (book === undefined) return true;
    // Its spelling is not known.
    if (nameserver !== undefined) return false;
    const asked = zone ?? (book.hasZones ? question?.name : undefined);
    const ruling = book.find(WORDS[0] ?? 0, WORDS[1] ?? 0, WORDS[2] ?? 0, WORDS[3] ?? 0, asked, undefined);
    return ruling === undefined || ruling.action === 'opportunistic';
  }

  /**
   * What is demanded of a contact; `undefined` where the policy decides.
   *
   * @param server - with what the contact is about
   * @param demand - of whoever asks
   * @param question - what the query asks, where there is one
   */
  termsOf(server: ResolvedServer, demand: Demand, question: Question | undefined): Terms | undefined {
    const { book } = this.#parts.rules;
    const terms = book === undefined ? undefined : termsOf(book, subjectOf(server, book, question));
    if (demand !== 'require') return terms;
    return terms?.reason === 'rule-never' ? { ...terms, refuses: true } : (terms ?? DEMANDED);
  }

  /** Which rule holds of a server, for people. */
  ruleFor(server: ResolvedServer): string | undefined {
    const { book } = this.#parts.rules;
    return book === undefined ? undefined : ruleFor(book, server);
  }

  /**
   * The decision that terms ask for. It is no contact: nothing need be found out, and what a later probe says in clear text must
   * not tell of it.
   *
   * @param server - with what the contact is about
   * @param ref - as the host gave it
   * @param terms - what is demanded
   * @param moment - when and where
   */
  decide<S>(server: ResolvedServer, ref: S, terms: Terms, { now, epoch, attemptMs }: DecisionMoment): Decision<S> {
    const { reason, authentication, refuses } = terms;
    const { dot, clear } = server;
    const { guard, timeoutMs, dot: exchange } = this.#parts;
    const refuse = (why: RefusedReason) => refused(ref, server, why, timeoutMs, now, epoch);
    if (reason === 'rule-never') {
      const nothing = refuses === true || clear === undefined;
      return nothing ? refuse(reason) : inClear(ref, server, reason, timeoutMs, now, epoch);
    }
    if (dot === undefined) return refuse('port');
    if (!guard.admits(dot.address)) return refuse('guard');
    const canCheck = authentication !== undefined && exchange.authenticates === true;
    if (reason === 'rule-authenticate' && !canCheck) return refuse('authentication');
    return dotOnly(ref, server, reason, attemptMs, now, epoch, authentication);
  }
}

function subjectOf({ address, zone, nameserver }: ResolvedServer, book: RuleBook, question?: Question): Subject {
  return { address, zone: zone ?? (book.hasZones ? question?.name : undefined), nameserver };
}

/** Whether a decision is of a demand, and not of what is known. */
export function isByDemand({ reason }: Decision): boolean {
  return reason.startsWith('rule-') || reason === 'demand' || reason === 'authentication';
}

/**
 * Whether a decision is what terms ask for, or stricter.
 *
 * @param decision - any
 * @param terms - what is demanded
 */
export function isUnder({ action, fallback, authentication }: Decision, terms: Terms): boolean {
  if (action === 'refuse') return true;
  if (terms.reason === 'rule-never') return action === 'clear' && terms.refuses !== true;
  if (action === 'clear' || fallback) return false;
  if (terms.reason !== 'rule-authenticate') return true;
  if (authentication === undefined || terms.authentication === undefined) return false;
  return authenticatorOf(authentication).key === authenticatorOf(terms.authentication).key;
}
