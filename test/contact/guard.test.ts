import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGuard } from '../../src/contact/guard.js';

/** Addresses near what is special, in all its disguises, and anywhere. */
const octet = fc.oneof(fc.constantFrom(0, 1, 10, 100, 127, 169, 172, 192, 198, 203, 224, 255), fc.nat({ max: 255 }));
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const group = fc.oneof(
  fc.constantFrom(0, 1, 0x64, 0xff9b, 0x2001, 0xdb8, 0x2002, 0xfe80, 0xfc00),
  fc.nat({ max: 0xffff }),
);
const ipv6 = fc.oneof(
  fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.map((part) => part.toString(16)).join(':')),
  ipv4.map((text) => `64:ff9b::${text}`),
  ipv4.map((text) => `::${text}`),
  ipv4.map((text) => `::ffff:${text}`),
  ipv4.map((text) => `2a00:1450::5efe:${text}`),
  fc.tuple(group, group).map(([high, low]) => `2002:${high.toString(16)}:${low.toString(16)}::1`),
);
const prefix = fc.oneof(
  fc.tuple(ipv4, fc.nat({ max: 32 })).map(([text, bits]) => `${text}/${bits}`),
  fc
    .tuple(ipv6, fc.nat({ max: 96 }))
    .map(([text, bits]) => [text, bits] as const)
    .filter(([text]) => !text.startsWith('::ffff:'))
    .map(([text, bits]) => `${text}/${bits}`),
);

describe('a guard of prefixes', () => {
  it('allow and deny mean what a node:net BlockList of them means', () => {
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 3 }), fc.oneof(ipv4, ipv6), (prefixes, address) => {
        const list = new BlockList();
        for (const text of prefixes) {
          const [net = '', bits] = text.split('/');
          list.addSubnet(net, Number(bits), net.includes(':') ? 'ipv6' : 'ipv4');
        }
        const isListed = list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
        const plain = createGuard().admits(address);
        expect(createGuard({ allow: prefixes }).admits(address)).toBe(isListed || plain);
        const denied = createGuard({ deny: prefixes }).admits(address);
        if (isListed) expect(denied).toBe(false);
        if (denied) expect(plain).toBe(true);
        expect(createGuard({ allow: prefixes, deny: prefixes }).admits(address)).toBe(denied && !isListed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('what is embedded is looked at as well: denied with its carrier, special with its carrier', () => {
    const guard = createGuard({ deny: ['8.8.8.0/24'] });
    const nat64 = ['64:ff9b::8.8.8.8', '::8.8.8.8', '::ffff:0:8.8.8.8'];
    const carriers = [...nat64, '2002:808:808::1', '::ffff:8.8.8.8', '8.8.8.8'];
    expect(carriers.map((address) => guard.admits(address))).toEqual(carriers.map(() => false));
    expect(carriers.map((address) => createGuard().admits(address))).toEqual(carriers.map(() => true));
    const special = [
      '64:ff9b::10.0.0.1',
      '::10.0.0.1',
      '::ffff:0:169.254.169.254',
      '2002:a00:1::1',
      '64:ff9b:1::8.8.8.8',
      'fe80::1%eth0',
      'none',
    ];
    expect(special.map((address) => createGuard().admits(address))).toEqual(special.map(() => false));
  });

  it('P10 an ISATAP address under a global prefix is what its IPv4 address is', () => {
    const carry = (ipv4: string) => [`2a00:1450::5efe:${ipv4}`, `2a00:1450:1:2:200:5efe:${ipv4}`];
    const guard = createGuard();
    expect(carry('10.0.0.1').map((address) => guard.admits(address))).toEqual([false, false]);
    expect(carry('127.0.0.1').map((address) => guard.admits(address))).toEqual([false, false]);
    expect(carry('8.8.8.8').map((address) => guard.admits(address))).toEqual([true, true]);
    const allowed = createGuard({ allow: ['2a00:1450::/32'] });
    expect(carry('10.0.0.1').map((address) => allowed.admits(address))).toEqual([true, true]);
    const denied = createGuard({ deny: ['8.8.8.0/24'] });
    expect(carry('8.8.8.8').map((address) => denied.admits(address))).toEqual([false, false]);
  });

  it('no interface of ours, unless it is allowed', () => {
    const ours = Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address));
    expect(ours.length).toBeGreaterThan(0);
    for (const address of ours) expect(createGuard().admits(address)).toBe(false);
    for (const address of ours) expect(createGuard({ allow: ['0.0.0.0/0', '::/0'] }).admits(address)).toBe(true);
  });
});
