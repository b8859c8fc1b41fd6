import { describe, expect, it, vi } from 'vitest';
import { parseAddress, readAddress, wordsOf } from '../../../src/state/address/address.js';
import { hashTables } from '../../../src/state/address/hash.js';
import { type Endpoint, EndpointTable, endpointKey, resolvePolicy } from '../../../src/state/index.js';
import { EndpointVariants } from '../../../src/state/table/endpoint-variants.js';
import { RING, Rows, VERDICT } from '../../../src/state/table/packed-rows.js';
import { PrefixGroups } from '../../../src/state/table/prefix-groups.js';
import { nextIn } from '../../../src/state/table/rings.js';
import { RowStore } from '../../../src/state/table/row-store.js';
import * as WORD from '../../../src/state/table/row-words.js';
import { FORGET } from '../life.js';

class Grouped {
  readonly rows = new Rows();
  readonly prefixes: PrefixGroups = new PrefixGroups(this.rows);

  add(address: string): number {
    const row = this.rows.take();
    this.rows.putAddress(row, Uint32Array.from(wordsOf(parseAddress(address))));
    // As in a table: it has no verdict before.
    this.prefixes.add(row);
    this.rows.put(row, WORD.flags, VERDICT.unknown);
    return row;
  }

  remove(row: number): void {
    this.prefixes.remove(row);
    this.rows.release(row);
  }

  find(address: string): number {
    return this.prefixes.find(Uint32Array.from(wordsOf(parseAddress(address))));
  }

  /** The rows of an address's prefix, first in line first. */
  members(address: string): number[] {
    const head = this.find(address);
    const members: number[] = [];
    for (let row = head; members.length < this.prefixes.size(head); ) {
      members.push(row);
      row = nextIn(this.rows, RING.prefix, row);
    }
    return members;
  }
}

/** Every address has one hash meanwhile. */
function colliding(what: () => void): void {
  const words = hashTables();
  const before = words.slice();
  words.fill(0);
  try {
    what();
  } finally {
    words.set(before);
  }
}

/** Alike in all but one part each. */
const ALIKE = ['192.0.2.1', '192.0.3.1', '193.0.2.1', '192.1.2.1', '0.0.0.0', '::', 'c000:200::', 'c000:201::', '1::'];

describe('the rows of a prefix', () => {
  const one = (): void => {
    const grouped = new Grouped();
    const rows = ALIKE.map((address) => grouped.add(address));
    for (const [index, address] of ALIKE.entries()) {
      expect([grouped.members(address), grouped.prefixes.size(grouped.find(address))]).toEqual([[rows[index]], 1]);
    }
    const more = grouped.add('192.0.2.255');
    const six = grouped.add('c000:200:ffff:ffff:ffff:ffff:ffff:ffff');
    expect([grouped.members('192.0.2.77'), grouped.members('c000:200::ffff:0:0')]).toEqual([
      [rows[0], more],
      [rows[6], six],
    ]);
    expect(
      ['191.0.2.1', 'c000:202::', '2::', '::ffff:0:0:0', '0.0.1.0'].map((address) => grouped.find(address)),
    ).toEqual([...[-1, -1, -1, grouped.find('::'), -1]]);
  };

  it('stand together: IPv4 /24 and IPv6 /32', one);

  it('and no others, whose hash is the same', () => colliding(one));

  it('come and go, the order stays', () => {
    const grouped = new Grouped();
    const rows = [1, 2, 3, 4].map((last) => grouped.add(`192.0.2.${last}`));
    grouped.remove(rows[1] as number);
    expect([grouped.members('192.0.2.1'), grouped.prefixes.size(0)]).toEqual([[0, 2, 3], 3]);
    grouped.prefixes.turnTo(2);
    expect([grouped.members('192.0.2.1'), grouped.prefixes.size(2)]).toEqual([[2, 3, 0], 3]);
    grouped.add('192.0.2.5');
    expect(grouped.members('192.0.2.1')).toEqual([2, 3, 0, 1]);
    for (const row of [2, 3, 0]) grouped.remove(row);
    expect([grouped.members('192.0.2.1'), grouped.find('192.0.2.1')]).toEqual([[1], 1]);
    grouped.remove(1);
    expect([grouped.find('192.0.2.1'), grouped.prefixes.size(-1)]).toEqual([-1, 0]);
  });

  it('few are counted, of more the number is kept; whoever is first in line', () => {
    const grouped = new Grouped();
    const rows: number[] = [];
    const other = grouped.add('192.0.3.1');
    for (let last = 0; last < 20; last++) {
      rows.push(grouped.add(`192.0.2.${last}`));
      grouped.prefixes.turnTo(rows[last >> 1] as number);
      expect([grouped.prefixes.size(grouped.find('192.0.2.0')), grouped.members('192.0.2.0').length]).toEqual([
        last + 1,
        last + 1,
      ]);
    }
    for (let left = 19; left >= 0; left--) {
      grouped.remove(rows[left] as number);
      expect([grouped.prefixes.size(grouped.find('192.0.2.0')), grouped.members('192.0.2.0').sort()]).toEqual([
        left,
        rows.slice(0, left).sort(),
      ]);
    }
    expect([grouped.find('192.0.2.0'), grouped.prefixes.size(other)]).toEqual([-1, 1]);
  });

  it('whoever is not first in line any more is not carried along while the index grows', () => {
    const grouped = new Grouped();
    const both = (index: number): [number, number] => [grouped.add(`10.1.${index}.1`), grouped.add(`10.1.${index}.2`)];
    const pairs = Array.from({ length: 204 }, (_, index) => both(index));
    grouped.add('10.2.0.1');
    for (const [, second] of pairs.slice(0, 7)) grouped.prefixes.turnTo(second);
    for (const [index, [first, second]] of pairs.entries()) {
      expect(grouped.members(`10.1.${index}.3`)).toEqual(index < 7 ? [second, first] : [first, second]);
      if (index >= 7) continue;
      // The former first comes back as the second: a slot that was carried along would still tell its number.
      for (const row of [first, second]) grouped.remove(row);
      expect([grouped.find(`10.1.${index}.3`), both(index)]).toEqual([-1, [second, first]]);
      expect(grouped.members(`10.1.${index}.3`)).toEqual([second, first]);
    }
  });

  it('rows that have gone are used again, the latest first', () => {
    const grouped = new Grouped();
    const rows = [0, 1, 2, 3].map((third) => grouped.add(`10.0.${third}.1`));
    expect([0, 1, 2, 3].map((third) => grouped.find(`10.0.${third}.1`))).toEqual([0, 1, 2, 3]);
    grouped.remove(rows[1] as number);
    grouped.remove(rows[2] as number);
    for (const third of [7, 8, 9]) grouped.add(`10.0.${third}.1`);
    expect([0, 1, 2, 3, 7, 8, 9].map((third) => grouped.find(`10.0.${third}.1`))).toEqual([0, -1, -1, 3, 2, 1, 4]);
    expect([7, 8, 9, 0].map((third) => grouped.members(`10.0.${third}.1`).length)).toEqual([1, 1, 1, 1]);
  });

  it('those that go while the index grows are not carried along', () => {
    const grouped = new Grouped();
    const rows = Array.from({ length: 205 }, (_, index) => grouped.add(`10.1.${index}.1`));
    for (let index = 0; index < 40; index++) grouped.remove(rows[index] as number);
    // The number of the first is taken over last, by another prefix, while its own slot may still be left.
    for (let index = 0; index < 35; index++) grouped.add(`10.2.${index}.1`);
    for (let index = 0; index < 205; index++) expect(grouped.find(`10.1.${index}.1`)).toBe(index < 40 ? -1 : index);
    for (let index = 0; index < 35; index++) expect(grouped.find(`10.2.${index}.1`)).toBe(39 - index);
  });

  it('the first of all is found where it came back while the index grows', () => {
    const grouped = new Grouped();
    const rows = Array.from({ length: 205 }, (_, index) => grouped.add(`10.1.${index}.1`));
    grouped.remove(rows[0] as number);
    grouped.add('10.2.0.1');
    expect([grouped.find('10.2.0.1'), grouped.find('10.1.0.1')]).toEqual([0, -1]);
  });

  it('P9 a row whose number another prefix had first in line is not taken for the first in line of its own', () => {
    colliding(() => {
      const grouped = new Grouped();
      const rows = Array.from({ length: 205 }, (_, index) => grouped.add(`10.1.${index}.1`));
      // 32 slots are left: that of row 10 still tells its number, and that of row 150 is the only one of its prefix.
      grouped.remove(rows[10] as number);
      expect(grouped.add('10.1.150.2')).toBe(10);
      expect(grouped.members('10.1.150.1')).toEqual([150, 10]);
      grouped.remove(150);
      for (let index = 0; index < 10; index++) grouped.add(`10.2.${index}.1`);
      expect(grouped.members('10.1.150.1')).toEqual([10]);
    });
  });

  it('are found without a search through others', () => {
    const grouped = new Grouped();
    const address = (index: number) => (index % 2 === 0 ? `10.0.${index}.1` : `2001:${index.toString(16)}::`);
    for (let index = 0; index < 180; index++) grouped.add(address(index));
    const looks = vi.spyOn(grouped.rows, 'page');
    for (let index = 0; index < 180; index++) grouped.find(address(index));
    expect(looks.mock.calls.length).toBeLessThan(400);
  });

  it('there may be any number of them', () => {
    const grouped = new Grouped();
    const address = (index: number) => (index % 2 === 0 ? `10.0.${index}.1` : `2001:${index.toString(16)}::`);
    for (let index = 0; index < 240; index++) {
      grouped.add(address(index));
      grouped.add(address(index));
      // At 205 the index grows, and some stand in the slots that are being left.
      if (index < 200 || index > 230) continue;
      for (let known = index % 7; known <= index; known += 7) expect(grouped.find(address(known))).toBe(2 * known);
    }
    for (let index = 0; index < 240; index += 3) for (const row of grouped.members(address(index))) grouped.remove(row);
    for (let index = 0; index < 240; index++) {
      expect([grouped.find(address(index)), grouped.members(address(index)).length]).toEqual(
        index % 3 === 0 ? [-1, 0] : [2 * index, 2],
      );
    }
  });
});

describe('a table whose index of prefixes is growing', () => {
  const endpoint = (index: number): Endpoint => {
    const parts = { address: `10.${index >> 8}.${index & 0xff}.1`, port: 853, transport: 'dot' };
    return { key: endpointKey(parts), ...parts };
  };

  it('a prefix that comes in the place of one that went is there once: all others can go as well', () => {
    colliding(() => {
      const table = new EndpointTable(resolvePolicy({ capacity: 1_000, prefixShare: 1 }));
      for (let index = 0; index < 205; index++) table.contact(endpoint(index), 0);
      // 32 slots are left at each: with one of them, those of the prefix whose number is taken over.
      for (let index = 205; index < 230; index++) {
        table.apply(endpoint(index === 205 ? 50 : index - 1), FORGET, 1);
        table.contact(endpoint(index), 1);
      }
      table.apply(endpoint(229), FORGET, 2);
      for (let index = 0; index < 205; index++) table.apply(endpoint(index), FORGET, 3);
      expect(table.size).toBe(0);
    });
  });
});

describe('the rows of a shelf', () => {
  const endpoint = (address: string, port = 853, transport = 'dot'): Endpoint => {
    const parts = { address, port, transport };
    return { key: endpointKey(parts), ...parts };
  };
  const put = (rowStore: RowStore, one: Endpoint): number => {
    readAddress(one.address);
    const row = rowStore.add(one);
    rowStore.rows.put(row, WORD.flags, VERDICT.unknown);
    return row;
  };

  it('are found while the index grows, and what came back as well', () => {
    const rowStore = new RowStore();
    const address = (index: number) => (index % 2 === 0 ? `10.0.${index}.1` : `2001:${index.toString(16)}::`);
    for (let index = 0; index < 205; index++) put(rowStore, endpoint(address(index)));
    rowStore.remove(0);
    expect([
      put(rowStore, endpoint('192.0.2.1')),
      rowStore.find(endpoint('192.0.2.1')),
      rowStore.locate('192.0.2.1'),
    ]).toEqual([...[0, 0, 0]]);
    expect([rowStore.find(endpoint(address(0))), rowStore.locate(address(0))]).toEqual([-1, -1]);
    for (let index = 205; index < 230; index++) {
      put(rowStore, endpoint(address(index)));
      for (let known = 1; known <= index; known += 9) expect(rowStore.locate(address(known))).toBe(known);
      expect(rowStore.locate(address(index))).toBe(index);
    }
  });

  it('many of one address stand apart', () => {
    const rowStore = new RowStore();
    for (let port = 1; port <= 90; port++) put(rowStore, endpoint('192.0.2.1', port));
    for (let index = 0; index < 90; index++) put(rowStore, endpoint('192.0.2.1', 853, `t${index}`));
    const looks = vi.spyOn(rowStore.rows, 'page');
    for (let port = 1; port <= 90; port++) expect(rowStore.find(endpoint('192.0.2.1', port))).toBe(port - 1);
    for (let index = 0; index < 90; index++)
      expect(rowStore.find(endpoint('192.0.2.1', 853, `t${index}`))).toBe(90 + index);
    expect(looks.mock.calls.length).toBeLessThan(360);
  });

  it('two ports of one place and one hint are told apart', () => {
    // The port's part of the hash, as far as place and hint go in an index of 256.
    const seen = new Map<number, number>();
    let pair: [number, number] | undefined;
    for (let port = 1; port <= 0xffff && pair === undefined; port++) {
      const part = Math.imul(port, 0x85eb_ca6b) & 0xffc0_00ff;
      const twin = seen.get(part);
      if (twin !== undefined && port !== 853 && twin !== 853) pair = [twin, port];
      seen.set(part, port);
    }
    const [one = 0, other = 0] = pair ?? [];
    const rowStore = new RowStore();
    const row = put(rowStore, endpoint('192.0.2.1', one));
    expect([one > 0, rowStore.find(endpoint('192.0.2.1', one)), rowStore.find(endpoint('192.0.2.1', other))]).toEqual([
      ...[true, row, -1],
    ]);
  });

  it('what nobody has is not the last of what somebody may have', () => {
    const rowStore = new RowStore();
    vi.spyOn(EndpointVariants.prototype, 'take').mockReturnValueOnce(0xffff);
    expect(put(rowStore, endpoint('192.0.2.1', 853, 'doq'))).toBe(0);
    expect(rowStore.find(endpoint('192.0.2.1', 853, 'other'))).toBe(-1);
  });
});

describe('rows of one hash', () => {
  it('are told apart by every word of the address, by port and by what is seldom', () => {
    const endpoints = [...ALIKE, '2::', '1:0:1::', '1::1:0:0:0', '1::1', '1::1%a', '1::1%b'].map((address) => ({
      address,
    }));
    const parts: Omit<Endpoint, 'key'>[] = endpoints.map((one) => ({ ...one, port: 853, transport: 'dot' }));
    parts.push({ address: '1::1', port: 854, transport: 'dot' }, { address: '1::1', port: 853, transport: 'doq' });
    const list = parts.map((one): Endpoint => ({ key: endpointKey(one), localAddress: undefined, ...one }));
    colliding(() => {
      const rowStore = new RowStore();
      for (const [index, one] of list.entries()) {
        expect(rowStore.find(one)).toBe(-1);
        readAddress(one.address);
        const row = rowStore.add(one);
        rowStore.rows.put(row, WORD.flags, VERDICT.unknown);
        expect([row, rowStore.find(one)]).toEqual([index, index]);
      }
      for (const [index, one] of list.entries())
        expect([rowStore.find(one), rowStore.endpointOf(index)]).toEqual([index, one]);
      rowStore.remove(3);
      expect(list.map((one) => rowStore.find(one))).toEqual(list.map((_, index) => (index === 3 ? -1 : index)));
    });
  });
});
