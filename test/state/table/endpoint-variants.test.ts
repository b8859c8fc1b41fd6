import { describe, expect, it } from 'vitest';
import { Unusual } from '../../../src/state/table/endpoint-variants.js';

const USUAL = { transport: 'dot', scope: undefined, localAddress: undefined };

function parts(scope: string | undefined, transport = 'dot', localAddress?: string) {
  return { transport, scope, localAddress };
}

describe('numbers for what few endpoints have', () => {
  it('nothing unusual is 0, whatever happens', () => {
    const unusual = new Unusual();
    expect([unusual.find(USUAL), unusual.take(USUAL), unusual.take(USUAL)]).toEqual([0, 0, 0]);
    unusual.release(0);
    unusual.release(0);
    unusual.release(0);
    expect([unusual.take(USUAL), unusual.partsOf(0), unusual.take(parts('a'))]).toEqual([0, USUAL, 1]);
  });

  it('each part makes another, and the same parts have one number', () => {
    const unusual = new Unusual();
    const all = [parts('eth0'), parts('eth1'), parts(undefined, 'doq'), parts(undefined, 'dot', '192.0.2.1')];
    all.push(parts('eth0', 'doq'), parts('eth0', 'dot', '192.0.2.1'));
    expect(all.map((one) => unusual.find(one))).toEqual([-1, -1, -1, -1, -1, -1]);
    expect(all.map((one) => unusual.take(one))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all.map((one) => unusual.take(one))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all.map((one) => unusual.find(one))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all.map((_, index) => unusual.partsOf(index + 1))).toEqual(all);
  });

  it('a number is free once its last row is gone, and not before', () => {
    const unusual = new Unusual();
    unusual.take(parts('a'));
    unusual.take(parts('a'));
    unusual.take(parts('b'));
    unusual.release(1);
    expect([unusual.find(parts('a')), unusual.partsOf(1)]).toEqual([1, parts('a')]);
    unusual.release(1);
    expect([unusual.find(parts('a')), unusual.partsOf(1)]).toEqual([-1, USUAL]);
    expect([unusual.take(parts('c')), unusual.find(parts('b')), unusual.partsOf(1)]).toEqual([1, 2, parts('c')]);
    expect(unusual.take(parts('a'))).toBe(3);
    // Who has the number now is counted anew.
    unusual.release(1);
    expect([unusual.find(parts('c')), unusual.take(parts('d'))]).toEqual([-1, 1]);
  });

  it('has 16 bits: what comes then gets none, until one is free', () => {
    const unusual = new Unusual();
    for (let number = 1; number <= 0xffff; number++) unusual.take(parts(`${number}`));
    expect([unusual.find(parts('65535')), unusual.take(parts('one more'))]).toEqual([0xffff, -1]);
    expect([unusual.find(parts('one more')), unusual.take(parts('7'))]).toEqual([-1, 7]);
    unusual.release(7);
    expect(unusual.take(parts('one more'))).toBe(-1);
    unusual.release(7);
    expect(unusual.take(parts('one more'))).toBe(7);
  });
});
