import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measured, smooth } from '../../src/state/smoothing.js';

describe('smooth', () => {
  it('the first sample is the mean, half of it the deviation', () => {
    expect(smooth(undefined, 80)).toEqual({ mean: 80, deviation: 40 });
  });

  it('then an eighth and a quarter, as RFC 6298 says', () => {
    expect(smooth({ mean: 80, deviation: 40 }, 160)).toEqual({ mean: 90, deviation: 50 });
    expect(smooth({ mean: 80, deviation: 40 }, 0)).toEqual({ mean: 70, deviation: 50 });
  });

  it('stays within what was measured', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 10_000 }), { minLength: 1 }), (samples) => {
        const end = samples.reduce<ReturnType<typeof smooth> | undefined>(
          (one, sample) => smooth(one, sample),
          undefined,
        );
        expect(end?.mean).toBeGreaterThanOrEqual(Math.min(...samples) - 1e-6);
        expect(end?.mean).toBeLessThanOrEqual(Math.max(...samples) + 1e-6);
        expect(end?.deviation).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('measured', () => {
  it('Do53 apart from DoT', () => {
    const timing = measured({}, { answer: 20, total: 25 }, false);
    expect(timing).toEqual({ clear: { mean: 20, deviation: 10 } });
    expect(measured(timing, { answer: 40, total: 40 }, true)).toEqual({ ...timing, warm: { mean: 40, deviation: 20 } });
  });

  it('connect and handshake apart from the answer', () => {
    const timing = measured({}, { connect: 30, handshake: 50, answer: 20, total: 100 }, true);
    expect(timing).toEqual({ warm: { mean: 20, deviation: 10 }, opening: { mean: 80, deviation: 40 } });
    expect(measured({}, { connect: 30, answer: 20, total: 50 }, true).opening?.mean).toBe(30);
  });

  it('without an answer’s time the total stands for it', () => {
    expect(measured({}, { total: 70 }, false).clear?.mean).toBe(70);
  });
});
