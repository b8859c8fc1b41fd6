import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/testing/random.js';
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
  for (let count = 0; count < 4; count++) pair(wait, 3, true);
  return wait;
}

describe('whether answers wait', () => {
  test('four that do show it; three do not', () => {
    const wait = new AckWait();
    for (let count = 0; count < 3; count++) pair(wait, 3, true);
    expect(wait.waits).toBe(false);
    pair(wait, 3, true);
    expect(wait.waits).toBe(true);
  });

  test('many that do not wait show that, a few do not', () => {
    const wait = learnt();
    for (let count = 0; count < 7; count++) pair(wait, 8, false);
    expect(wait.waits).toBe(true);
    pair(wait, 8, false);
    expect(wait.waits).toBe(false);
    for (let count = 0; count < 9; count++) pair(wait, 3, true);
    expect(wait.waits).toBe(false);
    pair(wait, 3, true);
    expect(wait.waits).toBe(true);
  });

  test('nothing is shown by what was asked late, comes with another answer, or comes alone', () => {
    const wait = new AckWait();
    for (let count = 0; count < 100; count++) {
      pair(wait, 13, true);
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

  test.each([10, 30, 60, 200])(
    'answers that take any time from one round trip to many, asked each 1 to %i ms: 1 of 25 is taken for one that waits, and not for long',
    (pauseMs) => {
      const random = seededRandom(pauseMs);
      const shares = Array.from({ length: 200 }, () => shareOf(random, pauseMs));
      expect(shares.filter((share) => share > 0).length).toBeLessThanOrEqual(200 / 25);
      expect(shares.reduce((sum, share) => sum + share, 0) / 200).toBeLessThan(0.02);
    },
  );
});

/** The part of 500 answers of a server with any answer times, behind which they are taken for ones that wait. */
function shareOf(random: () => number, pauseMs: number): number {
  const wait = new AckWait();
  let [askedAt, arrivedAt, waiting] = [0, 0, 0];
  const slowest = 1 + 15 * random();
  const answers = Array.from({ length: 500 }, () => {
    askedAt += 1 + random() * pauseMs;
    return { askedAt, at: askedAt + ROUND_TRIP_MS * (1 + slowest * random()) };
  });
  for (const { askedAt, at } of answers.toSorted((a, b) => a.at - b.at)) {
    wait.answered(at - askedAt, at - arrivedAt, at);
    arrivedAt = at;
    if (wait.waits) waiting++;
  }
  return waiting / answers.length;
}

describe('the need for one more', () => {
  test('once, where answers were seen to wait just now', () => {
    const wait = learnt();
    wait.answered(ROUND_TRIP_MS, 1_000, 0);
    expect([0, 24, 25].map((now) => wait.needsMore(now))).toEqual([false, false, true]);
  });

  test('then twice, a round trip and at most 30 s after one another', () => {
    const wait = learnt();
    wait.answered(ROUND_TRIP_MS, 1_000, 0);
    const needs = (...times: number[]) => times.map((now) => wait.needsMore(now));
    expect(needs(25, 50, 60, 74, 75)).toEqual([true, false, false, false, true]);
    expect(needs(100, 30_100, 60_099)).toEqual([false, false, true]);
  });

  test('a pause of a minute', () => {
    const wait = learnt();
    wait.pause(0);
    expect([100, 200, 300, 400, 59_999].map((now) => wait.needsMore(now)).some(Boolean)).toBe(false);
    expect([60_000, 60_100].map((now) => wait.needsMore(now))).toEqual([false, true]);
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
