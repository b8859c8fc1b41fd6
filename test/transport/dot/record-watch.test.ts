import { expect, test } from 'vitest';
import type { Clock } from '../../../src/common/clock.js';
import { VirtualClock } from '../../../src/testing/index.js';
import { RecordWatch, type WatchedSession } from '../../../src/transport/dot/record-watch.js';

class Session implements WatchedSession {
  all = 1_000;
  data = 0;
  told = 0;
  lookedAt = 0;
  readonly octetsRead = {
    all: (): number => {
      this.lookedAt++;
      return this.all;
    },
    data: (): number => this.data,
  };

  floodedWithRecords(): void {
    this.told++;
  }

  /** So many records, which each carry so many octets of data and so many of their own. */
  reads(records: number, data: number, own: number): void {
    this.all += records * (data + own);
    this.data += records * data;
  }
}

function watched(): { clock: VirtualClock; watch: RecordWatch; session: Session } {
  const clock = new VirtualClock();
  const watch = new RecordWatch(clock);
  const session = new Session();
  watch.add(session);
  return { clock, watch, session };
}

/** Longer than any window. */
const LONG_MS = 60_000;

test('Q43 changes of keys without end are told once, and the session is watched no more', async () => {
  const { clock, session } = watched();
  session.reads(10_000, 0, 27);
  await clock.advance(LONG_MS);
  expect([session.told, clock.pending]).toEqual([1, 0]);
});

test('Q43 a flood that keeps within each look is told as well', async () => {
  const { clock, session } = watched();
  for (let i = 0; i < 500 && session.told === 0; i++) {
    session.reads(20, 0, 27);
    await clock.advance(10);
  }
  expect(session.told).toBe(1);
});

test.each([
  ['the tickets that are borne', 16, 0, 4_096 + 64],
  ['answers octet by octet, TLS 1.3', 100_000, 1, 22],
  ['answers octet by octet, TLS 1.2', 100_000, 1, 29],
  ['large answers', 10_000, 16_384, 22],
])('Q43 %s are no flood', async (_, records, data, own) => {
  const { clock, watch, session } = watched();
  session.reads(records, data, own);
  await clock.advance(LONG_MS);
  expect(session.told).toBe(0);
  watch.delete(session);
  expect(clock.pending).toBe(0);
});

test('Q43 few records without data, now and then, are no flood', async () => {
  const { clock, session } = watched();
  for (let i = 0; i < 20; i++) {
    session.reads(1_000, 0, 27);
    await clock.advance(10_000);
  }
  expect(session.told).toBe(0);
});

test('Q43 data of an earlier window buys no flood', async () => {
  const { clock, session } = watched();
  session.reads(1_000, 16_384, 22);
  await clock.advance(20_000);
  session.reads(10_000, 0, 27);
  await clock.advance(100);
  expect(session.told).toBe(1);
});

test('Q43 without a session that stands and counts, no timer is set', () => {
  const clock = new VirtualClock();
  const watch = new RecordWatch(clock);
  watch.add({ octetsRead: undefined, floodedWithRecords: () => undefined });
  expect(clock.pending).toBe(0);
});

test.each([
  ['as long as timers come in time', 0, 10],
  ['when a timer comes late, for a flood holds up the loop', 5, 33],
])('Q43 sessions are looked at seldom, or often: %s', async (_, lateMs, looks) => {
  const clock = new VirtualClock();
  const late: Clock = {
    now: () => clock.now(),
    wall: () => clock.wall(),
    after: (ms, run) => clock.after(ms + lateMs, run),
    turn: (run) => clock.turn(run),
  };
  const watch = new RecordWatch(late);
  const session = new Session();
  watch.add(session);
  session.lookedAt = 0;
  await clock.advance(1_000);
  expect(session.lookedAt).toBe(looks);
});

test('Q43 one that is told may end the others', async () => {
  const clock = new VirtualClock();
  const watch = new RecordWatch(clock);
  const other = new Session();
  const first = new Session();
  first.floodedWithRecords = () => watch.delete(other);
  for (const session of [first, other]) {
    watch.add(session);
    session.reads(10_000, 0, 27);
  }
  await clock.advance(LONG_MS);
  expect([other.told, clock.pending]).toEqual([0, 0]);
});
