import { type Channel, channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'eventemitter3';
import type { Clock } from '../common/clock.js';
import type { ProbeResult } from '../probe/prober.js';
import type { Endpoint, Failure, TransitionReason, Transport, Verdict } from '../state/model.js';
import type { StoreCode } from '../store/store.js';
import { type HostErrorInfo, HostErrors } from './host-errors.js';

/** A verdict has changed. */
export interface TransitionInfo {
  /** Which. */
  readonly endpoint: Endpoint;
  /** The verdict before. */
  readonly from: Verdict;
  /** The verdict after. */
  readonly to: Verdict;
  /** Why it changed. */
  readonly why: TransitionReason;
}

/** A probe has ended. */
export interface ProbeInfo {
  /** Which. */
  readonly endpoint: Endpoint;
  /** What it has found. */
  readonly result: Omit<ProbeResult, 'session'>;
}

/** A query has been answered or has failed. */
export interface QueryInfo {
  /** Which. */
  readonly endpoint: Endpoint;
  /** What the decision asked for. */
  readonly asked: Transport;
  /** What brought the answer; `undefined` if none came. */
  readonly achieved: Transport | undefined;
  /** Whether DoT was tried and Do53 answered. */
  readonly fellBack: boolean;
  /** What each failed attempt met. */
  readonly failures: readonly Failure[];
}

/** Do53 has joined a query that DoT had not answered in time. */
export interface HedgeInfo {
  /** Which. */
  readonly endpoint: Endpoint;
  /** How long DoT had been given, in milliseconds. */
  readonly afterMs: number;
}

/** Do53 keeps winning over DoT: too many queries that should have been encrypted go out in clear text as well. */
export interface LeakInfo {
  /** Which. */
  readonly endpoint: Endpoint;
  /** Queries to it since the first hedge, within a minute. */
  readonly queries: number;
  /** How many of them Do53 answered because DoT was slow. */
  readonly leaked: number;
}

/** Whether our own network seems to be down, by family. */
export interface OfflineInfo {
  /** Whether nothing at all seems to be in reach. */
  readonly offline: boolean;
  /** Whether no IPv4 address seems to be. */
  readonly ipv4: boolean;
  /** Whether no IPv6 address seems to be. */
  readonly ipv6: boolean;
}

/** Something was not kept or not done because a bound was reached. */
export interface DroppedInfo {
  /** Which. */
  readonly endpoint: Endpoint;
  /** What: a row of the table, a candidate for a probe. */
  readonly what: 'endpoint' | 'candidate';
  /** Which bound. */
  readonly bound: string;
}

/** Something is wrong with the store, or right again. No query is the worse for it. */
export interface StoreInfo {
  /** What, for programs. */
  readonly code: StoreCode;
  /** What, for people. */
  readonly detail: string;
}

/** A server shows another key than it did before. */
export interface KeyChangeInfo {
  /** Which. */
  readonly endpoint: Endpoint;
  /** The key before: the Base64 of the SHA-256 of its SubjectPublicKeyInfo. */
  readonly from: string;
  /** The key now. */
  readonly to: string;
}

/**
 * What a selector tells those who listen. A listener's throw, or an async one's rejection, harms nothing. Each event has a
 * channel of `node:diagnostics_channel` as well, `dotscout:transition` and so on, with the same information.
 */
export interface SelectorEvents {
  /** A verdict has changed. */
  transition: [info: TransitionInfo];
  /** A Good endpoint is so no more, for a failure. */
  downgrade: [info: TransitionInfo];
  /**
   * A server shows another key than before. A new certificate may be all there is to it; no query is kept from a server for
   * that, where no rule demands authentication.
   */
  keychange: [info: KeyChangeInfo];
  /** A probe has ended. */
  probe: [info: ProbeInfo];
  /** A query has been answered or has failed. */
  query: [info: QueryInfo];
  /** Do53 has joined a slow query. */
  hedge: [info: HedgeInfo];
  /** Of an endpoint's queries in a minute, Do53 has answered more than 10 % because DoT was slow; told once a minute. */
  leak: [info: LeakInfo];
  /** Our own network seems to be down, or up again. */
  offline: [info: OfflineInfo];
  /** Something was not kept or not done because of a bound. */
  dropped: [info: DroppedInfo];
  /** Something is wrong with the store, or right again. */
  store: [info: StoreInfo];
  /**
   * A part of the host's own (an exchange, its `connect`, a prober, a store, a source, the guard, the random numbers, a
   * listener) has thrown, rejected, or given what it should not. No query or verdict is the worse for it. Each kind of error of
   * a part is told once, and again when it comes back after a minute without it; `metrics()` counts them all.
   */
  hostError: [info: HostErrorInfo];
}

/** The names of the events. */
export type SelectorEventName = keyof SelectorEvents;

/** Listens to an event; nobody waits for what it returns. */
export type SelectorListener<E extends SelectorEventName> = (...args: SelectorEvents[E]) => void;

type AnyListener = (...args: unknown[]) => unknown;
/** What is called in the place of a host's listener. */
type Heard = AnyListener & { listener?: unknown };

/** Typed events whose listeners cannot harm the one who emits, nor each other. */
export class Events {
  readonly #emitter = new EventEmitter<Record<SelectorEventName, AnyListener>>();
  /** What parts of the host's own throw, its listeners among them. */
  readonly hostErrors: HostErrors;
  #closed = false;

  /** @param clock - where time is read */
  constructor(clock: Clock) {
    this.hostErrors = new HostErrors(clock, (info) => {
      const isHeard = this.isHeard('hostError');
      this.emit('hostError', () => info);
      return isHeard;
    });
  }

  /**
   * Adds a listener.
   *
   * @param event - to which event
   * @param listener - the host's
   * @param isOnce - whether for one time
   * @param isFirst - whether before all others
   */
  add<E extends SelectorEventName>(event: E, listener: SelectorListener<E>, isOnce: boolean, isFirst: boolean): void {
    const emitter = this.#emitter;
    const heard: Heard = (...args) => {
      if (isOnce) emitter.off(event, heard);
      this.hostErrors.call('listener', () => (listener as AnyListener)(...args));
    };
    heard.listener = listener;
    const others = isFirst ? emitter.listeners(event) : [];
    for (const one of others) emitter.off(event, one);
    for (const one of [heard, ...others]) emitter.on(event, one);
  }

  /** Removes a listener. */
  off<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): void {
    const heard = this.#emitter.listeners(event).findLast((one) => (one as Heard).listener === listener);
    if (heard !== undefined) this.#emitter.off(event, heard);
  }

  /** Removes all listeners, of one event or of all. */
  removeAll(event?: SelectorEventName): void {
    this.#emitter.removeAllListeners(event);
  }

  /** The hosts' listeners of an event. */
  listeners<E extends SelectorEventName>(event: E): SelectorListener<E>[] {
    return this.#emitter.listeners(event).map((one) => (one as Heard).listener as SelectorListener<E>);
  }

  /** The events that have listeners. */
  names(): SelectorEventName[] {
    return this.#emitter.eventNames();
  }

  /** Whether anybody listens, here or on the event's channel. */
  isHeard(event: SelectorEventName): boolean {
    return !this.#closed && (this.#emitter.listenerCount(event) > 0 || channelOf(event).hasSubscribers);
  }

  /** Tells those who listen; the information is only made if somebody does. */
  emit<E extends SelectorEventName>(event: E, info: () => SelectorEvents[E][0]): void {
    if (!this.isHeard(event)) return;
    const told = info();
    this.#emitter.emit(event, told);
    channelOf(event).publish(told);
  }

  /** No event follows. */
  close(): void {
    this.#closed = true;
    this.#emitter.removeAllListeners();
  }
}

const channels: Partial<Record<string, Channel>> = {};

/**
 * The diagnostics channel of an event: `dotscout:transition` for `transition`, and so on. What is published is what the
 * event's listeners get. It tells of all selectors of the process, and is for those who watch a program without being a
 * part of it.
 *
 * A subscriber that throws throws in the process, as on any channel of Node's; a listener of the selector's does not.
 *
 * @param event - an event's name
 */
export function channelOf(event: string): Channel {
  let found = channels[event];
  if (found === undefined) {
    found = channel(`dotscout:${event}`);
    channels[event] = found;
  }
  return found;
}
