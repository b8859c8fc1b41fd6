import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { Events, type SelectorEventName } from '../../src/observe/events.js';
import { SECOND, world } from '../support/world.js';

const A = '192.0.2.1';

/** What is published on an event's channel until the test's end. */
function published(event: SelectorEventName): unknown[] {
  const told: unknown[] = [];
  const hear = (message: unknown) => told.push(message);
  subscribe(`dotscout:${event}`, hear);
  onTestFinished(() => {
    unsubscribe(`dotscout:${event}`, hear);
  });
  return told;
}

describe('diagnostics channels', () => {
  it('R42 tell what the events tell: the very same information', async () => {
    const w = world({ policy: { threshold: 1, onlyAfterAnswer: false } });
    const names: SelectorEventName[] = ['transition', 'probe', 'query'];
    const channels = names.map(published);
    const events = names.map((name) => {
      const told: unknown[] = [];
      w.selector.on(name, (info) => told.push(info));
      return told;
    });
    await w.ask(A);
    await w.clock.advance(SECOND);
    await w.ask(A);
    expect(events.map(({ length }) => length)).toEqual([1, 1, 2]);
    for (const [at, told] of events.entries()) {
      expect(channels[at]).toHaveLength(told.length);
      for (const [index, info] of told.entries()) expect(channels[at]?.[index]).toBe(info);
    }
  });

  it('publish without any listener of the selector’s', async () => {
    const w = world({ policy: { threshold: 1, onlyAfterAnswer: false }, probes: { script: { [A]: 'refused' } } });
    const transitions = published('transition');
    await w.contact(A);
    await w.clock.advance(SECOND);
    expect(transitions).toEqual([expect.objectContaining({ from: 'unknown', to: 'bad', why: 'probe-failure' })]);
  });

  it('make no information where nobody listens, nor after the end', () => {
    const events = new Events(systemClock);
    const make = () => {
      throw new Error('nobody asked for it');
    };
    expect(() => events.emit('hedge', make)).not.toThrow();
    const told = published('hedge');
    expect(events.isHeard('hedge')).toBe(true);
    events.close();
    expect(() => events.emit('hedge', make)).not.toThrow();
    expect(told).toEqual([]);
  });
});
