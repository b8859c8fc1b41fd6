import { describe, expect, it, vi } from 'vitest';
import { type Address, compareAddresses, parseAddress, readAddress } from '../../../src/state/address/address.js';
import { type Endpoint, endpointKey } from '../../../src/state/model.js';
import { EndpointVariants } from '../../../src/state/table/endpoint-variants.js';
import { glanceOf, Rows, VERDICT } from '../../../src/state/table/packed-rows.js';
import * as FLAG from '../../../src/state/table/row-flags.js';
import { RowStore } from '../../../src/state/table/row-store.js';
import * as WORD from '../../../src/state/table/row-words.js';
import { NONE } from '../../../src/state/table/slab.js';
import { inAddressOrder } from '../../../src/state/table/table.js';

/** Rows of one page. */
const PAGE = 4_096;

function rowsOf(count: number): Rows {
  const rows = new Rows();
  for (let row = 0; row < count; row++) expect(rows.take()).toBe(row);
  return rows;
}

describe('packed rows', () => {
  it('grow by a page at a time, and each row has words of its own', () => {
    const rows = rowsOf(PAGE);
    const first = rows.page(0);
    expect([rows.page(PAGE - 1) === first, rows.at(PAGE - 1), first.length]).toEqual([true, 8 * (PAGE - 1), 8 * PAGE]);
    expect([rows.take(), rows.extent, rows.page(PAGE) === first, rows.at(PAGE)]).toEqual([PAGE, PAGE + 1, false, 0]);
    for (const row of [0, 1, PAGE - 1, PAGE]) for (let word = 0; word < 8; word++) rows.put(row, word, row * 8 + word);
    for (const row of [0, 1, PAGE - 1, PAGE]) {
      expect(Array.from({ length: 8 }, (_, word) => rows.get(row, word) - row * 8)).toEqual([...Array(8).keys()]);
    }
    rows.put(1, WORD.contacts, 2 ** 32 - 1);
    expect([rows.get(1, WORD.contacts), rows.get(1, WORD.contacts + 1)]).toEqual([2 ** 32 - 1, 13]);
  });

  it('four links of their own, to any row', () => {
    const rows = rowsOf(PAGE + 2);
    const to = [0, 0xff, 0x100, 0xffff, 0x1_0000, 3_999_999];
    const all = [0, 1, PAGE - 1, PAGE, PAGE + 1];
    const at = (row: number, link: number) => to[(row + link) % to.length] as number;
    for (const row of all) for (let link = 0; link < 4; link++) rows.putLink(row, link, 0xff_ffff);
    for (const row of all) for (let link = 0; link < 4; link++) rows.putLink(row, link, at(row, link));
    for (const row of all)
      expect([0, 1, 2, 3].map((link) => rows.link(row, link))).toEqual([0, 1, 2, 3].map((link) => at(row, link)));
  });

  it('three times of their own', () => {
    const rows = rowsOf(PAGE + 2);
    const all = [0, 1, PAGE - 1, PAGE, PAGE + 1];
    for (const row of all) rows.putTimes(row, row + 0.25, -row, row * 1e6);
    for (const row of all) {
      expect([rows.time(row, 0), rows.time(row, 1), rows.thirdTimes.get(row)]).toEqual([row + 0.25, -row, row * 1e6]);
    }
  });

  it('one that is released is used again, empty, the latest first; its generation tells', () => {
    const rows = rowsOf(PAGE + 1);
    for (const row of [3, 4, PAGE]) for (let word = 0; word < 8; word++) rows.put(row, word, 7);
    rows.release(3);
    rows.release(PAGE);
    expect([2, 3, 4, PAGE].map((row) => rows.generation(row))).toEqual([0, 1, 0, 1]);
    expect([rows.get(3, WORD.flags), rows.get(4, 0), rows.get(2, 7)]).toEqual([0, 7, 0]);
    expect([rows.take(), rows.take(), rows.take(), rows.extent]).toEqual([PAGE, 3, PAGE + 1, PAGE + 2]);
    for (const row of [3, PAGE]) {
      expect(Array.from({ length: 8 }, (_, word) => rows.get(row, word))).toEqual(Array(8).fill(0));
    }
    rows.release(3);
    expect([rows.generation(3), rows.generation(PAGE)]).toEqual([2, 1]);
  });

  it('what only some have: each alone, and gone with the row', () => {
    const rows = rowsOf(PAGE + 3);
    const read = (row: number) => [
      rows.answeredAt.get(row),
      rows.clear(row),
      rows.zones.get(row),
      rows.nameservers.get(row),
    ];
    const nothing = [undefined, undefined, undefined, undefined];
    expect([read(0), read(PAGE)]).toEqual([nothing, nothing]);
    // Nothing that is noted of none of the page's rows takes no place.
    rows.putClear(1, undefined);
    rows.zones.set(1, undefined);
    for (const row of [1, 2, PAGE + 2]) {
      rows.answeredAt.set(row, row);
      rows.putClear(row, { mean: row, deviation: row / 2 });
      rows.zones.set(row, `zone${row}.`);
      rows.nameservers.set(row, `ns${row}.`);
    }
    const full = (row: number) => [row, { mean: row, deviation: row / 2 }, `zone${row}.`, `ns${row}.`];
    expect([0, 1, 2, 3, PAGE + 1, PAGE + 2].map(read)).toEqual([
      ...[nothing, full(1), full(2), nothing],
      ...[nothing, full(PAGE + 2)],
    ]);
    rows.release(2);
    expect([0, 1, 2, 3, PAGE + 1, PAGE + 2].map(read)).toEqual([
      ...[nothing, full(1), nothing, nothing],
      ...[nothing, full(PAGE + 2)],
    ]);
    rows.putClear(1, undefined);
    rows.zones.set(1, undefined);
    expect(read(1)).toEqual([1, undefined, undefined, 'ns1.']);
    expect(Number.isNaN(rows.clear(PAGE + 2)?.deviation)).toBe(false);
  });

  it('a page whose rows have nothing of the kind lets them go as well', () => {
    const rows = rowsOf(2);
    rows.zones.set(1, 'example.');
    rows.release(0);
    rows.release(1);
    expect([rows.zones.get(1), rows.nameservers.get(1), rows.take(), NONE]).toEqual([
      undefined,
      undefined,
      1,
      2 ** 32 - 1,
    ]);
  });

  it('no bit of the flags has two meanings', () => {
    const five = 31;
    const parts = [FLAG.verdict, FLAG.phase, five << FLAG.missesShift, five << FLAG.levelShift, FLAG.formerlyGood];
    parts.push(FLAG.answered, FLAG.controlled, 3 << FLAG.failurePhaseShift, 15 << FLAG.failureKindShift, FLAG.implied);
    parts.push(FLAG.used, FLAG.extras, FLAG.epoch);
    let all = 0;
    for (const part of parts) {
      expect(all & part).toBe(0);
      all |= part;
    }
    expect([all >>> 0, 63 << FLAG.epochShift, 2 << FLAG.phaseShift]).toEqual([
      2 ** 32 - 1,
      FLAG.epoch | 0,
      FLAG.inFlight,
    ]);
  });

  it.each([
    [VERDICT.unknown, 0, 2],
    [VERDICT.unknown, 1 << FLAG.phaseShift, 2],
    [VERDICT.unknown, FLAG.inFlight, 4],
    [VERDICT.good, 0, 1],
    [VERDICT.good, FLAG.inFlight, 1],
    [VERDICT.bad, 0, 3],
    [VERDICT.bad, FLAG.inFlight, 3],
  ])('verdict %i and phase %i at a glance: %i', (verdict, phase, glance) => {
    expect(glanceOf(verdict | phase | FLAG.used | FLAG.epoch)).toBe(glance);
  });
});

describe('rows in the order of addresses', () => {
  function shelfOf(...list: (readonly [string, number?, string?])[]): RowStore {
    const rowStore = new RowStore();
    for (const [address, port = 853, localAddress] of list) {
      const parts = { address, port, transport: 'dot', localAddress };
      readAddress(address);
      const row = rowStore.add(parts);
      rowStore.rows.put(row, WORD.flags, VERDICT.unknown);
    }
    return rowStore;
  }
  const addresses = (rowStore: RowStore) =>
    [...inAddressOrder(rowStore)].map((row) => rowStore.endpointOf(row).address);

  it('is that of compareAddresses, whatever order they came in', () => {
    const texts = ['255.0.0.1', '9.0.0.1', '10.0.0.2', '10.0.0.1', '::1', '::2', '1::', '2001:db8:1::', '2001:db8::1'];
    texts.push('2001:db8:0:0:1::', 'fe80::1%b', 'fe80::1%a', 'fe80::1', 'fe80::2%a', 'ffff::', '::fffe:c000:201');
    const expected = texts
      .map(parseAddress)
      .sort(compareAddresses)
      .map(({ text }: Address) => text);
    for (const list of [texts, [...texts].reverse(), [...texts.slice(5), ...texts.slice(0, 5)]]) {
      expect(addresses(shelfOf(...list.map((text) => [text] as const)))).toEqual(expected);
    }
  });

  it('of one address, that in which they were met', () => {
    const rowStore = shelfOf(['192.0.2.1', 8853], ['192.0.2.1', 853], ['192.0.2.0'], ['192.0.2.1', 853, '10.0.0.1']);
    expect([...inAddressOrder(rowStore)]).toEqual([2, 0, 1, 3]);
    expect([...inAddressOrder(shelfOf(['fe80::1%a', 2], ['fe80::1%a', 1], ['fe80::1%a', 3]))]).toEqual([0, 1, 2]);
  });

  it('rows that are not in use are left out', () => {
    const rowStore = shelfOf(['192.0.2.3'], ['192.0.2.2'], ['192.0.2.1']);
    rowStore.remove(1);
    expect([[...inAddressOrder(rowStore)], [...inAddressOrder(new RowStore())]]).toEqual([[2, 0], []]);
  });
});

describe('an endpoint on the shelf', () => {
  const endpoint = (address: string, port = 853, transport = 'dot', localAddress?: string): Endpoint => {
    const parts = { address, port, transport, localAddress };
    return { key: endpointKey(parts), ...parts };
  };
  const put = (rowStore: RowStore, one: Endpoint): number => {
    readAddress(one.address);
    const row = rowStore.add(one);
    rowStore.rows.put(row, WORD.flags, VERDICT.unknown);
    return row;
  };

  it('is found by all of it, and by nothing less', () => {
    const rowStore = new RowStore();
    const all = ['192.0.2.1', '192.0.2.2', '::c000:201', '1::c000:201', '0:0:1::c000:201', '::1:0:c000:201', 'fe80::1'];
    const list = all.map((address) => endpoint(address));
    list.push(endpoint('192.0.2.1', 8853), endpoint('192.0.2.1', 853, 'doq'), endpoint('192.0.2.1', 65_535));
    list.push(endpoint('192.0.2.1', 853, 'dot', '10.0.0.1'), endpoint('fe80::1%a'), endpoint('fe80::1%b'));
    list.push(endpoint('fe80::1%a', 8853, 'doq', 'fe80::2'));
    for (const [index, one] of list.entries()) {
      expect(rowStore.find(one)).toBe(-1);
      expect([put(rowStore, one), rowStore.find(one), rowStore.size]).toEqual([index, index, index + 1]);
    }
    for (const [index, one] of list.entries())
      expect([rowStore.find(one), rowStore.endpointOf(index)]).toEqual([index, one]);
    expect(rowStore.find(endpoint('no address'))).toBe(-1);
    expect(rowStore.find(endpoint('fe80::1%c'))).toBe(-1);
    expect(rowStore.find(endpoint('192.0.2.2', 853, 'doq'))).toBe(-1);
    expect(
      ['192.0.2.1', '::ffff:192.0.2.1', 'fe80::1', '192.0.2.9', 'fe80::1%a', 'x'].map((text) => rowStore.locate(text)),
    ).toEqual([0, 0, 6, -1, -2, -2]);
  });

  it('and not once it is removed; what it alone had is free again', () => {
    const rowStore = new RowStore();
    const scoped = endpoint('fe80::1%a');
    const row = put(rowStore, scoped);
    rowStore.extrasFor(row).pins = 3;
    rowStore.remove(row);
    expect([rowStore.find(scoped), rowStore.size, rowStore.isLive(row), rowStore.extrasOf(row)]).toEqual([
      -1,
      0,
      false,
      undefined,
    ]);
    const next = put(rowStore, endpoint('fe80::1%b'));
    expect([next, rowStore.scopeOf(next), rowStore.extrasFor(next).pins]).toEqual([row, 'b', 0]);
    expect(rowStore.find(scoped)).toBe(-1);
  });

  it('too unusual, it gets no row', () => {
    const rowStore = new RowStore();
    vi.spyOn(EndpointVariants.prototype, 'take').mockReturnValueOnce(-1);
    expect([rowStore.add(endpoint('fe80::1%a')), rowStore.size, rowStore.rows.extent]).toEqual([-1, 0, 0]);
    expect(put(rowStore, endpoint('fe80::1%a'))).toBe(0);
  });

  it('its Do53 is the same address, from the same of ours', () => {
    const rowStore = new RowStore();
    const row = put(rowStore, endpoint('fe80::1%a', 853, 'dot', 'fe80::2'));
    expect(rowStore.clearOf(row)).toBeUndefined();
    rowStore.rows.put(row, WORD.hits, 0xffff);
    rowStore.putClearPort(row, 65_535);
    expect(rowStore.clearOf(row)).toEqual({
      key: 'fe80::1%a|65535|do53|fe80::2',
      ...{ address: 'fe80::1%a', port: 65_535, transport: 'do53', localAddress: 'fe80::2' },
    });
    expect(rowStore.rows.get(row, WORD.hits)).toBe(2 ** 32 - 1);
    rowStore.putClearPort(row, 0);
    expect([rowStore.clearOf(row), rowStore.rows.get(row, WORD.hits)]).toEqual([undefined, 0xffff]);
  });

  it('is made once, where something is kept beside its row', () => {
    const rowStore = new RowStore();
    const row = put(rowStore, endpoint('192.0.2.1'));
    expect(rowStore.endpointOf(row)).not.toBe(rowStore.endpointOf(row));
    rowStore.extrasFor(row);
    expect(rowStore.endpointOf(row)).toBe(rowStore.endpointOf(row));
  });
});
