import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AckWait, AckWaits } from '../../../src/transport/dot/ack-waits.js';

const ROUND_TRIP_MS = 20;
const REMEMBERED_MS = 600_000;

/** Tells it of two queries, one so long after the other: how long each took, and what was between their answers. */
function pair(wait: AckWait, distanceMs: number, waits: boolean, now = 0, roundTripMs = ROUND_TRIP_MS): void {
  wait.answered(roundTripMs, 1_000, now);
  if (waits) wait.answered(2 * roundTripMs - distanceMs, roundTripMs, now);
  else wait.answered(roundTripMs, distanceMs, now);
}

function learnt(): AckWait {
  const wait = new AckWait();
  for (let count = 0; count < 8; count++) pair(wait, 3, true);
  return wait;
}

describe('whether answers wait', () => {
  test('eight that do show it; seven do not', () => {
    const wait = new AckWait();
    for (let count = 0; count < 7; count++) pair(wait, 3, true);
    expect(wait.waits).toBe(false);
    pair(wait, 3, true);
    expect(wait.waits).toBe(true);
  });

  test('many that do not wait show that, a few do not', () => {
    const wait = learnt();
    for (let count = 0; count < 5; count++) pair(wait, 8, false);
    expect(wait.waits).toBe(true);
    for (let count = 0; count < 3; count++) pair(wait, 8, false);
    expect(wait.waits).toBe(false);
    for (let count = 0; count < 5; count++) pair(wait, 3, true);
    expect(wait.waits).toBe(false);
  });

  test('nothing is shown by what was asked late, comes with another answer, or comes alone', () => {
    const wait = new AckWait();
    for (let count = 0; count < 100; count++) {
      pair(wait, 12, true);
      wait.answered(37, 2, 0);
      wait.answered(37, 1_000, 0);
    }
    expect(wait.waits).toBe(false);
  });

  test.each([
    [4.9, false],
    [5, true],
  ])('a round trip of %s ms', (roundTripMs, waits) => {
    const wait = new AckWait();
    for (let count = 0; count < 100; count++) pair(wait, 1, true, 0, roundTripMs);
    expect(wait.waits).toBe(waits);
  });

  test('a path that has become short: they do not wait any more', () => {
    const wait = learnt();
    wait.answered(2, 1_000, 0);
    expect(wait.waits).toBe(false);
  });

  test('one slow answer changes nothing, and a path that has become longer is known in time', () => {
    const wait = learnt();
    wait.answered(ROUND_TRIP_MS, 1_000, 0);
    expect(wait.comeMs).toBe(25);
    wait.answered(60_000, 1_000, 0);
    expect(wait.comeMs).toBeLessThan(26);
    for (let count = 0; count < 300; count++) wait.answered(80, 1_000, 0);
    expect(wait.comeMs).toBeGreaterThan(95);
  });

  test('what was not seen for ten minutes is forgotten', () => {
    const wait = learnt();
    expect(wait.forgetOld(REMEMBERED_MS - 1)).toBe(true);
    pair(wait, 3, true, 1_000);
    expect(wait.forgetOld(REMEMBERED_MS)).toBe(true);
    expect(wait.forgetOld(REMEMBERED_MS + 1_000)).toBe(false);
    pair(wait, 3, true, REMEMBERED_MS + 1_000);
    expect(wait.waits).toBe(false);
  });

  test('answers that take any time from one round trip to many wait for nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 1, max: 30, noNaN: true }), fc.double({ min: 0, max: 15, noNaN: true })), {
          minLength: 500,
          maxLength: 500,
        }),
        (sent) => {
          const wait = new AckWait();
          let learntAt = 0;
          let arrivedAt = 0;
          let now = 0;
          const answers = sent.map(([pauseMs, slow]) => {
            now += pauseMs;
            return { at: now, comes: now + ROUND_TRIP_MS * (1 + slow) };
          });
          for (const { at, comes } of answers.toSorted((a, b) => a.comes - b.comes)) {
            wait.answered(comes - at, comes - arrivedAt, comes);
            arrivedAt = comes;
            if (wait.waits) learntAt++;
          }
          expect(learntAt).toBe(0);
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe('the need for one more', () => {
  test('four times, each a round trip and at most five seconds after the one before', () => {
    const wait = learnt();
    wait.answered(ROUND_TRIP_MS, 1_000, 0);
    const needs = (...times: number[]) => times.map((now) => wait.needsMore(now));
    expect(needs(0, 1, 24, 25, 50, 74, 75)).toEqual([false, false, false, false, false, false, true]);
    expect(needs(100, 200, 300, 5_300, 5_400, 5_500)).toEqual([false, false, false, false, false, false]);
    expect(needs(5_600)).toEqual([true]);
  });

  test('a pause of a minute', () => {
    const wait = learnt();
    wait.pause(0);
    expect([100, 200, 300, 400, 59_999].map((now) => wait.needsMore(now)).some(Boolean)).toBe(false);
    expect([60_000, 60_100, 60_200, 60_300].map((now) => wait.needsMore(now))).toEqual([false, false, false, true]);
  });
});

test('of 4,097 endpoints the one used longest ago is forgotten', () => {
  const waits = new AckWaits();
  const [first, second] = [waits.of('0'), waits.of('1')];
  for (let key = 2; key < 4_096; key++) waits.of(String(key));
  expect(waits.of('0')).toBe(first);
  waits.of('one more');
  expect([waits.of('0') === first, waits.of('1') === second]).toEqual([true, false]);
  waits.delete('0');
  expect(waits.of('0')).not.toBe(first);
  waits.clear();
  expect(waits.of('one more').waits).toBe(false);
});
