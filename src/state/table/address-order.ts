import { isIpv4 } from '../address/words.js';
import { NONE, type Rows } from './packed-rows.js';
import type { RowStore } from './row-store.js';

/**
 * All rows in the order of `compareAddresses`; of one address in the order in which they were met. Four bytes a row, so
 * that a table of millions can be put in order.
 *
 * @param rowStore - where they are
 */
export function inAddressOrder(rowStore: RowStore): Uint32Array {
  const { rows } = rowStore;
  const all = new Uint32Array(rowStore.size).fill(NONE);
  let count = 0;
  for (let row = 0; row < rows.extent; row++) if (rowStore.isLive(row)) all[count++] = row;
  return all.sort((a, b) => compareRows(rowStore, rows, a, b));
}

function compareRows(rowStore: RowStore, rows: Rows, a: number, b: number): number {
  const pageA = rows.page(a);
  const pageB = rows.page(b);
  const atA = rows.at(a);
  const atB = rows.at(b);
  const isA = isIpv4(pageA[atA] as number, pageA[atA + 1] as number, pageA[atA + 2] as number);
  const isB = isIpv4(pageB[atB] as number, pageB[atB + 1] as number, pageB[atB + 2] as number);
  if (isA !== isB) return isA ? -1 : 1;
  for (let word = 0; word < 4; word++) {
    const difference = (pageA[atA + word] as number) - (pageB[atB + word] as number);
    if (difference !== 0) return difference;
  }
  return (rowStore.addressOf(a).scope ?? '').localeCompare(rowStore.addressOf(b).scope ?? '') || a - b;
}
