import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readAddress } from '../../src/state/address/address.js';
import { type Endpoint, EndpointTable, endpointKey, resolvePolicy } from '../../src/state/index.js';
import { VERDICT } from '../../src/state/table/packed-rows.js';
import { RowIndex } from '../../src/state/table/row-index.js';
import { RowStore } from '../../src/state/table/row-store.js';
import * as WORD from '../../src/state/table/row-words.js';
import { FORGET } from './life.js';

function find(index: RowIndex, number: number, hash: number): boolean {
  return index.find(hash, (known) => known === number) === number;
}

describe('the index', () => {
  it('finds what was added and not taken out, however its hashes collide and whenever it grows', () => {
    const step = fc.tuple(fc.nat({ max: 2_000 }), fc.boolean());
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 3_000, size: 'max' }),
        fc.integer({ min: 1, max: 2 ** 31 }),
        (steps, spread) => {
          const live = new Set<number>();
          const hashOf = (number: number) => Math.imul(number % spread, 0x9e37_79b1);
          const index = new RowIndex(hashOf);
          for (const [number, adds] of steps) {
            if (adds && !live.has(number)) {
              index.add(number, hashOf(number));
              live.add(number);
            } else if (!adds && live.delete(number)) index.remove(number, hashOf(number));
          }
          for (const number of live) expect(find(index, number, hashOf(number))).toBe(true);
          // Nothing else is looked at, while slots are being left neither.
          for (let number = 0; number <= 2_000; number++)
            expect(index.find(hashOf(number), (asked) => !live.has(asked))).toBe(-1);
          expect(index.slots.length).toBeLessThanOrEqual(8_192);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('a thousand of one hash', () => {
    const index = new RowIndex(() => 7);
    for (let number = 0; number < 1_000; number++) index.add(number, 7);
    for (let number = 0; number < 1_000; number += 2) index.remove(number, 7);
    for (let number = 0; number < 1_000; number++) expect(find(index, number, 7)).toBe(number % 2 === 1);
  });
});

function endpoint(address: string): Endpoint {
  const parts = { address, port: 853, transport: 'dot' };
  return { key: endpointKey(parts), ...parts };
}

describe('many rows', () => {
  it('20,000 of both families: each is found by any spelling, forgotten ones are not, and their places are used again', () => {
    const table = new EndpointTable(resolvePolicy({ capacity: 100_000, prefixShare: 1, unknownShare: 1 }));
    const address = (index: number) =>
      index % 2 === 0 ? `10.${index >> 8}.${index & 0xff}.1` : `2001:db8:${index.toString(16)}::1`;
    for (let index = 0; index < 20_000; index++) table.contact(endpoint(address(index)), index);
    for (let index = 0; index < 20_000; index += 3) table.apply(endpoint(address(index)), FORGET, 20_000);
    for (let index = 0; index < 20_000; index++) {
      expect(table.numbered.locate(address(index)) >= 0).toBe(index % 3 !== 0);
      expect(table.get(endpoint(address(index)).key)?.endpoint.address).toBe(
        index % 3 === 0 ? undefined : address(index),
      );
    }
    expect(table.numbered.locate('2001:0DB8:0001:0::0.0.0.1')).toBe(table.numbered.locate('2001:db8:1::1'));
    expect(table.numbered.locate('::ffff:10.0.2.1')).toBe(table.numbered.locate('10.0.2.1'));
    const before = table.numbered.locate(address(1));
    for (let index = 0; index < 20_000; index += 3) table.contact(endpoint(address(index)), 20_000);
    expect([table.size, table.numbered.locate(address(1))]).toEqual([20_000, before]);
    expect(table.numbered.locate('192.0.2.1:53')).toBe(-2);
    expect(table.numbered.locate('192.0.2.1')).toBe(-1);
    table.sweep(100_000, 86_400_000 * 3);
    expect([table.size, table.numbered.locate(address(1))]).toEqual([0, -1]);
  });
});

describe('a view of a row that is gone', () => {
  it('shows nothing, and what is written to it does not reach its successor', () => {
    const table = new EndpointTable(resolvePolicy({}));
    const { record } = table.contact(endpoint('192.0.2.1'), 0);
    if (record === undefined) throw new Error('no row');
    table.apply(record.endpoint, FORGET, 1);
    const successor = table.contact(endpoint('192.0.2.2'), 2).record;
    record.pins++;
    record.zone = 'example.';
    record.nameserver = 'ns.';
    record.answeredAt = 5;
    record.timing = { clear: { mean: 1, deviation: 1 } };
    record.clear = endpoint('192.0.2.1');
    record.lame = { ...record.lame, zones: [{ zone: 'example.', at: 1 }] };
    expect(record).toMatchObject({
      state: undefined,
      contacts: 0,
      pins: 0,
      zone: undefined,
      history: [],
      clear: undefined,
    });
    expect(record.endpoint.address).toBe('192.0.2.1');
    expect([record.answeredAt, record.timing, record.popularity]).toEqual([
      Number.NEGATIVE_INFINITY,
      {},
      expect.anything(),
    ]);
    expect(successor).toMatchObject({ pins: 0, zone: undefined, nameserver: undefined, clear: undefined, contacts: 1 });
    expect([successor?.answeredAt, successor?.timing.clear, successor?.lame.zones]).toEqual([
      Number.NEGATIVE_INFINITY,
      undefined,
      [],
    ]);
  });

  it('two views of one row read and write the same', () => {
    const table = new EndpointTable(resolvePolicy({}));
    const { record } = table.contact(endpoint('fe80::1%eth0'), 0);
    const other = table.get(endpoint('fe80::1%eth0').key);
    if (record === undefined || other === undefined) throw new Error('no row');
    record.pins++;
    record.zone = 'example.';
    record.timing = { warm: { mean: 1, deviation: 2 }, clear: { mean: 3, deviation: 4 } };
    record.clear = { key: '', address: 'fe80::1%eth0', port: 5353, transport: 'do53' };
    expect(other).toMatchObject({ pins: 1, zone: 'example.', clear: { address: 'fe80::1%eth0', port: 5353 } });
    expect(other.timing).toEqual(record.timing);
    other.pins--;
    other.zone = undefined;
    expect([record.pins, record.zone, other.address.scope]).toEqual([0, undefined, 'eth0']);
  });
});

describe('many rows of one address', () => {
  it('from as many addresses of ours stand apart', () => {
    const rowStore = new RowStore();
    const endpointOf = (index: number): Endpoint => {
      const localAddress = `10.0.${index >> 8}.${index & 0xff}`;
      const parts = { address: '192.0.2.1', port: 853, transport: 'dot', localAddress };
      return { key: endpointKey(parts), ...parts };
    };
    for (let index = 0; index < 2_000; index++) {
      readAddress('192.0.2.1');
      const row = rowStore.add(endpointOf(index));
      rowStore.rows.put(row, WORD.flags, VERDICT.unknown);
    }
    const looks = vi.spyOn(rowStore.rows, 'page');
    for (let index = 0; index < 2_000; index += 100) expect(rowStore.find(endpointOf(index))).toBe(index);
    expect(looks.mock.calls.length).toBeLessThan(200);
  });
});
