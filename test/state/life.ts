import {
  type Effect,
  type EndpointState,
  type Evidence,
  type EvidenceSource,
  type FailureKind,
  type Phase,
  type Policy,
  type PolicyInput,
  resolvePolicy,
  type StateEvent,
  type Transition,
  transition,
} from '../../src/state/index.js';

export const SECOND = 1_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

/** The defaults, but an address need not have answered over Do53 before. */
export const EAGER: Policy = resolvePolicy({ onlyAfterAnswer: false });

/** Freezes what a pure function is given, so that it cannot change it unseen. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

export const CONTACT: StateEvent = { type: 'contact' };
export const ANSWERED: StateEvent = { type: 'answered' };
export const ASKED: StateEvent = { type: 'asked' };
export const DROPPED: StateEvent = { type: 'probe-dropped' };
export const TICK: StateEvent = { type: 'tick' };
export const EPOCH: StateEvent = { type: 'epoch' };
export const FORGET: StateEvent = { type: 'forget' };

export const SUCCESS: Evidence = { result: 'success' };
export const INCONCLUSIVE: Evidence = { result: 'inconclusive', why: 'local' };

export function failure(kind: FailureKind = 'refused', controlled = true, phase: Phase = 'connect'): Evidence {
  return { result: 'failure', phase, kind, controlled };
}

/** What a session that stood and fell silent shows. */
export const SILENT_SESSION: Evidence = failure('silent', true, 'answer');

/** Live evidence of an attempt; by default it began when it ended. */
export function live(
  evidence: Evidence,
  endedAt: number,
  startedAt: number = endedAt,
  source: EvidenceSource = 'live',
): StateEvent {
  return { type: 'evidence', source, evidence, startedAt, endedAt, draw: 0.5 };
}

/** The state of one endpoint as a test leads it along; everything it hands over is frozen. */
export class Life {
  state: EndpointState | undefined;
  /** The effects of the latest event. */
  effects: readonly Effect[] = [];
  readonly policy: Policy;
  #tokens = 0;

  constructor(policy: PolicyInput = EAGER) {
    this.policy = typeof policy === 'string' ? resolvePolicy(policy) : resolvePolicy({ ...EAGER, ...policy });
  }

  /** An event at a moment. */
  at(now: number, event: StateEvent): this {
    const outcome: Transition = transition(deepFreeze(this.state), deepFreeze(event), this.policy, now);
    this.state = outcome.state;
    this.effects = outcome.effects;
    return this;
  }

  /** The wanted probe begins; its token is the count of those so far. */
  start(now: number, lifeMs: number = 7 * SECOND): this {
    this.#tokens += 1;
    return this.at(now, { type: 'probe-started', token: this.#tokens, deadline: now + lifeMs });
  }

  /** The probe in flight ends. */
  settle(now: number, evidence: Evidence, other?: number): this {
    const token = other ?? this.#tokens;
    return this.at(now, { type: 'probe-settled', token, evidence, endedAt: now, draw: 0.5 });
  }

  /** Asked for, begun and ended: the shortest way to a verdict. */
  probed(now: number, evidence: Evidence): this {
    return this.at(now, ASKED).start(now).settle(now, evidence);
  }

  /** A verdict and where its probe is. */
  get now(): string {
    return this.state === undefined ? 'absent' : `${this.state.verdict}, ${this.state.probe.phase}`;
  }

  get good(): Extract<EndpointState, { verdict: 'good' }> {
    if (this.state?.verdict !== 'good') throw new Error(`not good: ${this.now}`);
    return this.state;
  }

  get bad(): Extract<EndpointState, { verdict: 'bad' }> {
    if (this.state?.verdict !== 'bad') throw new Error(`not bad: ${this.now}`);
    return this.state;
  }

  get unknown(): Extract<EndpointState, { verdict: 'unknown' }> {
    if (this.state?.verdict !== 'unknown') throw new Error(`not unknown: ${this.now}`);
    return this.state;
  }

  /** The kinds of the latest effects. */
  get did(): readonly string[] {
    return this.effects.map((effect) => effect.type);
  }
}

/** Good since a moment, by a probe. */
export function goodSince(now: number, policy: PolicyInput = {}): Life {
  return new Life(policy).probed(now, SUCCESS);
}

/** Bad since a moment, never Good, by a refused connection. */
export function badSince(now: number, policy: PolicyInput = {}): Life {
  return new Life(policy).probed(now, failure());
}
