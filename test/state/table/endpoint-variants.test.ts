import { describe, expect, it } from 'vitest';
import { EndpointVariants } from '../../../src/state/table/endpoint-variants.js';

const USUAL = { transport: 'dot', scope: undefined, localAddress: undefined };

function parts(scope: string | undefined, transport = 'dot', localAddress?: string) {
  return { transport, scope, localAddress };
}

describe('numbers for what few endpoints have', () => {
  it('nothing unusual is 0, whatever happens', () => {
    const variants = new EndpointVariants();
    expect([variants.find(USUAL), variants.take(USUAL), variants.take(USUAL)]).toEqual([0, 0, 0]);
    variants.release(0);
    variants.release(0);
    variants.release(0);
    expect([variants.take(USUAL), variants.partsOf(0), variants.take(parts('a'))]).toEqual([0, USUAL, 1]);
  });

  it('each part makes another, and the same parts have one number', () => {
    const variants = new EndpointVariants();
    const all = [parts('eth0'), parts('eth1'), parts(undefined, 'doq'), parts(undefined, 'dot', '192.0.2.1')];
    all.push(parts('eth0', 'doq'), parts('eth0', 'dot', '192.0.2.1'));
    expect(all.map((one) => variants.find(one))).toEqual([-1, -1, -1, -1, -1, -1]);
    expect(all.map((one) => variants.take(one))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all.map((one) => variants.take(one))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all.map((one) => variants.find(one))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all.map((_, index) => variants.partsOf(index + 1))).toEqual(all);
  });

  it('a number is free once its last row is gone, and not before', () => {
    const variants = new EndpointVariants();
    variants.take(parts('a'));
    variants.take(parts('a'));
    variants.take(parts('b'));
    variants.release(1);
    expect([variants.find(parts('a')), variants.partsOf(1)]).toEqual([1, parts('a')]);
    variants.release(1);
    expect([variants.find(parts('a')), variants.partsOf(1)]).toEqual([-1, USUAL]);
    expect([variants.take(parts('c')), variants.find(parts('b')), variants.partsOf(1)]).toEqual([1, 2, parts('c')]);
    expect(variants.take(parts('a'))).toBe(3);
    // Who has the number now is counted anew.
    variants.release(1);
    expect([variants.find(parts('c')), variants.take(parts('d'))]).toEqual([-1, 1]);
  });

  it('has 16 bits: what comes then gets none, until one is free', () => {
    const variants = new EndpointVariants();
    for (let number = 1; number <= 0xffff; number++) variants.take(parts(`${number}`));
    expect([variants.find(parts('65535')), variants.take(parts('one more'))]).toEqual([0xffff, -1]);
    expect([variants.find(parts('one more')), variants.take(parts('7'))]).toEqual([-1, 7]);
    variants.release(7);
    expect(variants.take(parts('one more'))).toBe(-1);
    variants.release(7);
    expect(variants.take(parts('one more'))).toBe(7);
  });
});
