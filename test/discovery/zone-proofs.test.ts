import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ZoneProofs } from '../../src/discovery/zone-proofs.js';
import type { Endpoint } from '../../src/state/model.js';
import type { ZoneFact } from '../../src/wire/worth.js';
import { query } from '../transport/support.js';

const ENDPOINTS: readonly Endpoint[] = ['192.0.2.1', '192.0.2.2'].map((address) => {
  return { key: `${address}|853|dot`, address, port: 853, transport: 'dot' };
});
const FACTS: readonly ZoneFact[] = ['proven', 'unsigned', 'no-edns'];
/** Each zone by its name and as that of a question. */
const ZONES = [
  { name: 'a.test.', of: 'a.test.' },
  { name: 'b.test.', of: 'b.test.' },
  { name: 'a.test.', of: query('www.a.test') },
  { name: 'b.test.', of: query('www.b.test') },
];
const MS = 1_000;

const step = fc.record({
  endpoint: fc.constantFrom(...ENDPOINTS),
  fact: fc.constantFrom(...FACTS),
  zone: fc.constantFrom(...ZONES),
  what: fc.constantFrom('add', 'remove', 'has', 'clear'),
  passed: fc.constantFrom(0, 0, 400),
});

test('Q28 what is shown of one endpoint, zone and fact is known of that alone, until it ends', () => {
  // Seeded by chance, two of them would share a place once in a thousand times.
  const seeds = vi.spyOn(crypto, 'getRandomValues').mockImplementation((zeros) => zeros);
  onTestFinished(() => seeds.mockRestore());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const proofs = new ZoneProofs();
      const ends = new Map<string, number>();
      let now = 0;
      for (const { endpoint, fact, zone, what, passed } of steps) {
        now += passed;
        const id = `${endpoint.key} ${fact} ${zone.name}`;
        if (what === 'add') {
          proofs.add(fact, endpoint, zone.of, now, MS);
          ends.set(id, now + MS);
        } else if (what === 'remove') {
          proofs.remove(fact, endpoint, zone.of);
          ends.delete(id);
        } else if (what === 'clear') {
          proofs.clear();
          ends.clear();
        }
        expect(proofs.has(fact, endpoint, zone.of, now)).toBe(now < (ends.get(id) ?? 0));
      }
    }),
  );
});
