import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, MOST as MOST_POPULAR } from '../../src/probe/candidate.js';
import { LeastPopular } from '../../src/probe/least-popular.js';
import { newPopularity, noteHit, popularityOf } from '../../src/state/popularity.js';

const MINUTE = 60_000;
const MOST = 8;

function candidateOf(key: string, minutes: number, now: number): Candidate {
  const popularity = newPopularity();
  for (let ago = minutes - 1; ago >= 0; ago--) noteHit(popularity, now - ago * MINUTE);
  const record = { endpoint: { key }, popularity } as unknown as Candidate['record'];
  return { record, kind: 'open', at: 0, force: false, groups: [], most: MOST_POPULAR, popularity: 0, stamp: -1 };
}

/** The first of the lowest, in the order in which they came. */
function naive(waiting: ReadonlyMap<string, Candidate>, now: number): Candidate | undefined {
  const of = ({ record }: Candidate) => popularityOf(record.popularity, now);
  return [...waiting.values()].reduce<Candidate | undefined>(
    (least, one) => (least === undefined || of(one) < of(least) ? one : least),
    undefined,
  );
}

const step = fc.record({
  what: fc.constantFrom('add', 'hit', 'remove', 'replace', 'minute'),
  which: fc.nat(MOST - 1),
  minutes: fc.integer({ min: 1, max: 5 }),
});

describe('who gives way', () => {
  it('is the least popular, and of several the one that has waited longest, whatever became of the others meanwhile', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const waiting = new Map<string, Candidate>();
        const least = new LeastPopular(waiting);
        let now = 100 * MINUTE;
        const put = (one: Candidate): void => {
          waiting.set(one.record.endpoint.key, one);
          least.add(one, now);
        };
        for (const [index, { what, which, minutes }] of steps.entries()) {
          const one = [...waiting.values()][which];
          const found = least.find(now);
          if (what === 'minute') now += MINUTE;
          else if (what === 'add') {
            put(candidateOf(`${index}`, minutes, now));
            least.joined();
          } else if (one === undefined) continue;
          else if (what === 'hit') noteHit(one.record.popularity, now);
          else if (what === 'remove') waiting.delete(one.record.endpoint.key);
          else if (found !== undefined && minutes > found.popularity) {
            waiting.delete(found.candidate.record.endpoint.key);
            put(candidateOf(`${index}`, minutes, now));
          }
          expect(least.find(now)?.candidate).toBe(naive(waiting, now));
        }
      }),
    );
  });
});
