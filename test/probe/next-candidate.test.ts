import { expect, test } from 'vitest';
import { Scheduler } from '../../src/probe/scheduler.js';
import { parseAddress } from '../../src/state/address/address.js';
import { resolvePolicy } from '../../src/state/policy.js';
import { newPopularity, noteHit, type Popularity } from '../../src/state/popularity.js';
import type { EndpointRecord } from '../../src/state/table/endpoint-record.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';

const MINUTE = 60_000;
const SECOND = 1_000;

interface Waiting {
  readonly record: EndpointRecord;
  readonly popularity: Popularity;
}

/** An endpoint that was asked for in so many minutes before this one. */
function askedIn(minutes: number, last: number, now: number): Waiting {
  const popularity = newPopularity();
  for (let ago = minutes; ago > 0; ago--) noteHit(popularity, now - ago * MINUTE);
  const address = parseAddress(`192.0.2.${last}`);
  const record = { endpoint: { key: address.text }, address, popularity, zone: undefined };
  return { record: record as unknown as EndpointRecord, popularity };
}

/** A scheduler that probes one at a time, whom it has probed, and what ends the probe that runs. */
function trial(clock: VirtualClock): { begun: string[]; end: () => Promise<void>; scheduler: Scheduler } {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const begin = ({ endpoint }: EndpointRecord): Promise<boolean> => {
    begun.push(endpoint.key);
    return new Promise((resolve) => ends.push(() => resolve(false)));
  };
  const deps = { clock, begin, dropped: () => {}, isOffline: () => false };
  const scheduler = new Scheduler(deps, resolvePolicy({ probesAtOnce: 1, groupShare: 1 }));
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await clock.advance(SECOND);
  };
  return { begun, end, scheduler };
}

test('S3: a candidate that is asked for after it was passed over goes before those that were as popular, in this minute and the next', async () => {
  const clock = new VirtualClock({ now: 100 * MINUTE });
  const { begun, end, scheduler } = trial(clock);
  const [first, second, third, fourth] = [9, 4, 3, 4].map((minutes, last) => askedIn(minutes, last, clock.now())) as [
    Waiting,
    Waiting,
    Waiting,
    Waiting,
  ];
  for (const { record } of [first, second, third, fourth]) scheduler.want(record, 'discover', clock.now());
  await clock.advance(SECOND);
  noteHit(fourth.popularity, clock.now());
  await end();
  noteHit(third.popularity, clock.now());
  await clock.advance(MINUTE);
  noteHit(third.popularity, clock.now());
  await end();
  await end();

  expect(begun).toEqual([first, fourth, third, second].map(({ record }) => record.endpoint.key));
});

test('S3: so it is in the first minute of the clock, with those that nobody has asked for yet', async () => {
  const clock = new VirtualClock({ now: SECOND });
  const { begun, end, scheduler } = trial(clock);
  const [first, second, third] = [0, 1, 2].map((last) => askedIn(0, last, clock.now())) as [Waiting, Waiting, Waiting];
  for (const { record } of [first, second, third]) scheduler.want(record, 'refresh', clock.now());
  await clock.advance(SECOND);
  noteHit(third.popularity, clock.now());
  await end();
  await end();
  expect(begun).toEqual([first, third, second].map(({ record }) => record.endpoint.key));
});

test('S3: the popularity of a candidate that nobody has asked for since is read once a minute, however many probes begin', async () => {
  const clock = new VirtualClock({ now: 100 * MINUTE });
  const { end, scheduler } = trial(clock);
  let reads = 0;
  let contacts = 1;
  const { record, popularity } = askedIn(1, 9, clock.now());
  const watched = Object.defineProperties(Object.create(record), {
    contacts: { get: () => contacts },
    popularity: {
      get() {
        reads++;
        return popularity;
      },
    },
  }) as EndpointRecord;
  scheduler.want(watched, 'discover', clock.now());
  for (let last = 0; last < 4; last++) scheduler.want(askedIn(5, last, clock.now()).record, 'discover', clock.now());
  await clock.advance(SECOND);
  await end();
  expect(reads).toBe(1);

  noteHit(popularity, clock.now());
  contacts++;
  await end();
  expect(reads).toBe(2);
});
