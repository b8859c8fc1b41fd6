import { describe, expect, it } from 'vitest';
import { isMisspelt, nearest, oneOf, requireNames } from '../../src/state/known-names.js';

const KNOWN = ['allow', 'deny', 'timeoutMs', 'signal', 'localAddress'];

describe('the word that was meant', () => {
  it.each([
    ['alow', 'allow'],
    ['allwo', 'allow'],
    ['Allow', 'allow'],
    ['timeout', 'timeoutMs'],
    ['timoutms', 'timeoutMs'],
    ['singal', 'signal'],
    ['local_address', 'localAddress'],
    ['dney', 'deny'],
  ])('%s: %s', (given, meant) => {
    expect(nearest(given, KNOWN)).toBe(meant);
  });

  it.each(['x', '', 'prober', 'den', 'timeoutMs'.repeat(10)])('%j: none', (given) => {
    expect(nearest(given, ['allow', 'timeoutMs', 'zone'])).toBeUndefined();
  });

  it('of several the nearest', () => {
    expect(nearest('timeoutM', ['timeoutMax', 'timeoutMs'])).toBe('timeoutMs');
  });

  it('a mebioctet costs no time: nothing that long is compared', () => {
    expect(nearest('a'.repeat(1 << 20), KNOWN)).toBeUndefined();
  });
});

describe('a word that can only be a misspelt one', () => {
  it.each([
    ['adress', 'address'],
    ['addrses', 'address'],
    ['Port', 'port'],
    ['dot_port', 'dotPort'],
    ['dotprot', 'dotPort'],
    ['nameServer', 'nameserver'],
  ])('%s: %s', (given, known) => {
    expect(isMisspelt(given, known)).toBe(true);
  });

  it.each([
    ['dohPort', 'dotPort'],
    ['nameservers', 'nameserver'],
    ['localAddress6', 'localAddress'],
    ['one', 'zone'],
    ['cost', 'host'],
    ['address'.repeat(10), 'address'],
  ])('%s is a word of its own, not %s', (given, known) => {
    expect(isMisspelt(given, known)).toBe(false);
  });
});

describe('what is expected', () => {
  it('all that are known, and the nearest', () => {
    expect(oneOf('alow', ['allow', 'deny'])).toBe('one of allow, deny; did you mean allow?');
    expect(oneOf('port', ['allow', 'deny'])).toBe('one of allow, deny');
    expect(oneOf(5, ['allow', 'deny'])).toBe('one of allow, deny');
  });
});

describe('an object of options', () => {
  const names = { allow: true, deny: true } as const;
  const requireThem = (given: object): void => requireNames('INVALID_OPTION', given as { allow?: 1 }, names, 'guard: ');

  it('of known names passes, and so does one that inherits others', () => {
    expect(() => requireThem({ allow: 1 })).not.toThrow();
    expect(() => requireThem({})).not.toThrow();
    expect(() => requireThem(Object.create({ inherited: 1 }) as object)).not.toThrow();
  });

  it.each([['constructor'], ['toString'], ['__proto__x']])(
    'with %s, which every object seems to have, is refused',
    (name) => {
      expect(() => requireThem({ [name]: 1 })).toThrow(
        `INVALID_OPTION: got "${name}", expected guard: one of allow, deny`,
      );
    },
  );

  it('that is a text is not shown: it may be a URL with a password', () => {
    const url = 'redis://:secret@cache.example';
    expect(() => requireThem(url as unknown as object)).toThrow(
      'INVALID_OPTION: got "string", expected guard: an object of options',
    );
  });

  it.each([[undefined], [null], ['allow'], [7]])('that is %j is none', (given) => {
    expect(() => requireThem(given as unknown as object)).toThrow('expected guard: an object of options');
  });
});
