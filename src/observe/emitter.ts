import type { Events, SelectorEventName, SelectorEvents, SelectorListener } from './events.js';

const registries = new WeakMap<SelectorEmitter, Events>();

/**
 * Says where an emitter's listeners are kept.
 *
 * @param emitter - which
 * @param events - where
 */
export function connectEvents(emitter: SelectorEmitter, events: Events): void {
  registries.set(emitter, events);
}

function eventsOf(emitter: SelectorEmitter): Events {
  return registries.get(emitter) as Events;
}

/**
 * Typed events in the shape of an `EventEmitter` of `node:events`, so that `once(selector, 'probe', { signal })` and
 * `on(selector, 'transition', { signal })` of that module work. Where they differ: what a listener throws harms nobody (the event
 * `hostError` tells it), there is no event `error`, and there is no warning of many listeners.
 */
export class SelectorEmitter {
  /** Adds a listener; its throw harms nothing and is counted. */
  on<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    eventsOf(this).add(event, listener, false, false);
    return this;
  }

  /** The same as {@link SelectorEmitter.on}. */
  addListener<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    return this.on(event, listener);
  }

  /** Adds a listener for one time. */
  once<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    eventsOf(this).add(event, listener, true, false);
    return this;
  }

  /** Adds a listener before all others. */
  prependListener<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    eventsOf(this).add(event, listener, false, true);
    return this;
  }

  /** Adds a listener for one time, before all others. */
  prependOnceListener<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    eventsOf(this).add(event, listener, true, true);
    return this;
  }

  /** Removes a listener; of one that was added several times, the latest. */
  off<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    eventsOf(this).off(event, listener);
    return this;
  }

  /** The same as {@link SelectorEmitter.off}. */
  removeListener<E extends SelectorEventName>(event: E, listener: SelectorListener<E>): this {
    return this.off(event, listener);
  }

  /** Removes all listeners of an event, or of all events. */
  removeAllListeners(event?: SelectorEventName): this {
    eventsOf(this).removeAll(event);
    return this;
  }

  /** The listeners of an event, as they were added. */
  listeners<E extends SelectorEventName>(event: E): SelectorListener<E>[] {
    return eventsOf(this).listeners(event);
  }

  /** The same as {@link SelectorEmitter.listeners}. */
  rawListeners<E extends SelectorEventName>(event: E): SelectorListener<E>[] {
    return this.listeners(event);
  }

  /** How many listeners an event has, or how often one of them was added. */
  listenerCount<E extends SelectorEventName>(event: E, listener?: SelectorListener<E>): number {
    const all = this.listeners(event);
    return listener === undefined ? all.length : all.filter((one) => one === listener).length;
  }

  /** The events that have listeners. */
  eventNames(): SelectorEventName[] {
    return eventsOf(this).names();
  }

  /**
   * Tells an event's listeners what a test wants them to hear.
   *
   * @returns whether there were any
   */
  emit<E extends SelectorEventName>(event: E, ...args: SelectorEvents[E]): boolean {
    const isHeard = this.listenerCount(event) > 0;
    eventsOf(this).emit(event, () => args[0]);
    return isHeard;
  }

  /** There is no limit: 0, as `node:events` has it. */
  getMaxListeners(): number {
    return 0;
  }

  /** Changes nothing: there is no limit. */
  setMaxListeners(_count: number): this {
    return this;
  }
}
