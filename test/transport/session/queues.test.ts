import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backlog, SESSION_BOUNDS } from '../../../src/transport/session/backlog.js';
import { IdTable } from '../../../src/transport/session/id-table.js';
import type { SessionQuery } from '../../../src/transport/session/session-query.js';
import { Waiting } from '../../../src/transport/session/waiting.js';

function asked(limitAt: number): SessionQuery {
  return {
    message: new Uint8Array(limitAt),
    questionEnd: 0,
    keepId: false,
    limitAt,
    place: -1,
    settle: () => undefined,
  };
}

describe('values by ids', () => {
  const id = fc.oneof(fc.nat(65_535), fc.nat(300), fc.constantFrom(255, 256, 65_535));

  test('are those of a Map', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.option(fc.nat(), { nil: undefined }))), id, (steps, first) => {
        const table = new IdTable<number>();
        const model = new Map<number, number>();
        for (const [at, value] of steps) {
          if (value === undefined) expect(table.delete(at)).toBe(model.delete(at));
          else {
            table.set(at, value);
            model.set(at, value);
          }
          expect([table.size, table.get(at)]).toEqual([model.size, model.get(at)]);
        }
        const seen: [number, number][] = [];
        table.forEach((value, at) => void seen.push([at, value]), first);
        const sorted = [...model].sort(([a], [b]) => ((a - first) & 65_535) - ((b - first) & 65_535));
        expect(seen).toEqual(sorted);
        table.clear();
        expect([table.size, table.get(first), table.delete(first)]).toEqual([0, undefined, false]);
      }),
    );
  });

  test('may be all ids', () => {
    const table = new IdTable<number>();
    for (let at = 65_535; at >= 0; at--) table.set(at, at);
    expect([table.full, table.size, table.delete(7), table.full]).toEqual([true, 65_536, true, false]);
  });
});

describe('queries that wait', () => {
  test('keep their order, whichever leave', () => {
    type Step = { add: number; opening: boolean } | { remove: number } | { expire: number };
    const step: fc.Arbitrary<Step> = fc.oneof(
      { arbitrary: fc.record({ add: fc.integer({ min: 1, max: 9 }), opening: fc.boolean() }), weight: 3 },
      fc.record({ remove: fc.nat() }),
      fc.record({ expire: fc.integer({ min: 1, max: 3 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const backlog = new Backlog(SESSION_BOUNDS);
        const waiting = new Waiting(backlog);
        let model: SessionQuery[] = [];
        let early: SessionQuery[] = [];
        let opened = false;
        for (const each of steps) {
          if ('add' in each) {
            const query = asked(each.add);
            // A session is opened once.
            opened ||= !each.opening;
            waiting.add(query, !opened);
            model.push(query);
            if (!opened) early.push(query);
          } else if ('remove' in each) {
            const query = model[each.remove % (model.length || 1)] ?? asked(1);
            expect(waiting.remove(query)).toBe(model.includes(query));
            expect(waiting.remove(query)).toBe(false);
            model = model.filter((other) => other !== query);
          } else {
            expect(waiting.expire(each.expire)).toEqual(model.filter(({ limitAt }) => limitAt <= each.expire));
            model = model.filter(({ limitAt }) => limitAt > each.expire);
          }
          early = early.filter((query) => model.includes(query));
          const there: SessionQuery[] = [];
          const cameEarly: SessionQuery[] = [];
          for (let place = waiting.first; place < waiting.end; place++) {
            const query = waiting.at(place);
            if (query === undefined) continue;
            there.push(query);
            if (waiting.cameEarly(place)) cameEarly.push(query);
          }
          expect(there).toEqual(model);
          expect(cameEarly).toEqual(early);
          expect(waiting.size).toBe(model.length);
          expect(waiting.earliestLimit()).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.map((q) => q.limitAt)));
        }
        expect(waiting.drain()).toEqual(model);
        expect([waiting.size, backlog.admits(SESSION_BOUNDS.octets)]).toEqual([0, true]);
      }),
    );
  });

  test('give back the room of a burst', () => {
    const waiting = new Waiting(new Backlog(SESSION_BOUNDS));
    const burst = Array.from({ length: 5_000 }, () => asked(1));
    for (const query of burst) waiting.add(query, true);
    for (const query of burst) waiting.remove(query);
    // The places begin anew with the ring, and none of them came while the session was being opened.
    waiting.add(asked(2), false);
    expect([waiting.first, waiting.end, waiting.cameEarly(0)]).toEqual([0, 1, false]);
  });

  test('take no more room while one stays and others pass', () => {
    const waiting = new Waiting(new Backlog(SESSION_BOUNDS));
    const stays = asked(9);
    waiting.add(stays, false);
    for (let i = 0; i < 10_000; i++) {
      const passes = asked(1);
      waiting.add(passes, false);
      waiting.remove(passes);
      expect(waiting.end - waiting.first).toBeLessThanOrEqual(17);
    }
    expect(waiting.drain()).toEqual([stays]);
  });
});
