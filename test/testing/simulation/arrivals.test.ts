import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Arrivals } from '../../../src/testing/simulation/arrivals.js';

const time = fc.double({ min: 0, max: 1_000, noNaN: true });

it('the first of all is the first, however they are moved', () => {
  fc.assert(
    fc.property(
      fc.array(time, { minLength: 1, maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(), time), { maxLength: 100 }),
      (times, moves) => {
        const arrivals = new Arrivals(Float64Array.from(times));
        const plain = [...times];
        for (const [which, at] of [[0, plain[0] ?? 0] as const, ...moves]) {
          arrivals.set(which % plain.length, at);
          plain[which % plain.length] = at;
          expect(arrivals.firstAt).toBe(Math.min(...plain));
          expect(plain[arrivals.first]).toBe(arrivals.firstAt);
          expect(arrivals.at(which % plain.length)).toBe(at);
        }
      },
    ),
  );
});

it('what never comes stands last, and of nobody there is no first', () => {
  const arrivals = new Arrivals(Float64Array.of(Number.POSITIVE_INFINITY, 5));
  expect([arrivals.first, arrivals.firstAt]).toEqual([1, 5]);
  expect(new Arrivals(new Float64Array()).firstAt).toBe(Number.POSITIVE_INFINITY);
});
