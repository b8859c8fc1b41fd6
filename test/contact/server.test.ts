import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/common/errors.js';
import { resolveServer, type ServerRef } from '../../src/contact/server.js';
import { queryServers } from '../../src/query-servers.js';
import { StaticSource } from '../../src/sources/index.js';
import { soaQuery } from '../../src/wire/names.js';
import { world } from '../support/world.js';

describe('what names a server', () => {
  it.each<[ServerRef, string, number, string | undefined, string | undefined]>([
    ['192.0.2.1', '192.0.2.1', 53, '192.0.2.1|853|dot', '192.0.2.1|53|do53'],
    ['192.0.2.1:53', '192.0.2.1', 53, '192.0.2.1|853|dot', '192.0.2.1|53|do53'],
    ['192.0.2.1:5353', '192.0.2.1', 5353, undefined, '192.0.2.1|5353|do53'],
    ['192.0.2.1:853', '192.0.2.1', 853, '192.0.2.1|853|dot', undefined],
    ['2001:db8::1', '2001:db8::1', 53, '2001:db8::1|853|dot', '2001:db8::1|53|do53'],
    ['2001:DB8:0::0:1', '2001:db8::1', 53, '2001:db8::1|853|dot', '2001:db8::1|53|do53'],
    ['[2001:db8::1]', '2001:db8::1', 53, '2001:db8::1|853|dot', '2001:db8::1|53|do53'],
    ['[2001:db8::1]:53', '2001:db8::1', 53, '2001:db8::1|853|dot', '2001:db8::1|53|do53'],
    ['[2001:db8::1]:5353', '2001:db8::1', 5353, undefined, '2001:db8::1|5353|do53'],
    ['::ffff:192.0.2.1', '192.0.2.1', 53, '192.0.2.1|853|dot', '192.0.2.1|53|do53'],
    ['fe80::1%eth0', 'fe80::1%eth0', 53, 'fe80::1%eth0|853|dot', 'fe80::1%eth0|53|do53'],
    ['[fe80::1%eth0]:53', 'fe80::1%eth0', 53, 'fe80::1%eth0|853|dot', 'fe80::1%eth0|53|do53'],
    [{ address: '192.0.2.1' }, '192.0.2.1', 53, '192.0.2.1|853|dot', '192.0.2.1|53|do53'],
    [{ host: '192.0.2.1', port: 53 }, '192.0.2.1', 53, '192.0.2.1|853|dot', '192.0.2.1|53|do53'],
    [{ address: '192.0.2.1', port: 5353 }, '192.0.2.1', 5353, undefined, '192.0.2.1|5353|do53'],
    [
      { address: '192.0.2.1', port: 5353, dotPort: 8853 },
      '192.0.2.1',
      5353,
      '192.0.2.1|8853|dot',
      '192.0.2.1|5353|do53',
    ],
    [{ address: '192.0.2.1', port: 853, dotPort: 853 }, '192.0.2.1', 853, '192.0.2.1|853|dot', undefined],
    [{ address: '192.0.2.1', dotPort: 8853 }, '192.0.2.1', 53, '192.0.2.1|8853|dot', '192.0.2.1|53|do53'],
    [
      { address: '192.0.2.1', localAddress: '::ffff:198.51.100.7' },
      '192.0.2.1',
      53,
      '192.0.2.1|853|dot|198.51.100.7',
      '192.0.2.1|53|do53|198.51.100.7',
    ],
  ])('%j', (ref, address, port, dot, clear) => {
    const resolved = resolveServer(ref);
    expect(resolved).toMatchObject({ address, port });
    expect([resolved.dot?.key, resolved.clear?.key]).toEqual([dot, clear]);
  });

  it('zone and name server name are of the contact: kept, the zone in one form', () => {
    const resolved = resolveServer({ address: '192.0.2.1', zone: 'Example.ORG', nameserver: 'ns1.Example.org' });
    expect(resolved).toMatchObject({ zone: 'example.org.', nameserver: 'ns1.Example.org' });
    expect(resolveServer({ address: '192.0.2.1', zone: '.' }).zone).toBe('.');
    expect(resolved.dot?.key).toBe('192.0.2.1|853|dot');
  });

  it.each<[unknown, string]>([
    ['', 'INVALID_ADDRESS'],
    ['ns1.example.org', 'INVALID_ADDRESS'],
    ['ns1.example.org:53', 'INVALID_ADDRESS'],
    ['192.0.2', 'INVALID_ADDRESS'],
    ['192.0.2.1.', 'INVALID_ADDRESS'],
    ['192.0.2.256', 'INVALID_ADDRESS'],
    ['2001:db8::1:53:99999', 'INVALID_ADDRESS'],
    ['[2001:db8::1', 'INVALID_ADDRESS'],
    ['[]', 'INVALID_ADDRESS'],
    ['[2001:db8::1]53', 'INVALID_ADDRESS'],
    ['192.0.2.1:', 'INVALID_PORT'],
    ['192.0.2.1:0', 'INVALID_PORT'],
    ['192.0.2.1:65536', 'INVALID_PORT'],
    ['192.0.2.1:dns', 'INVALID_PORT'],
    ['192.0.2.1:1e3', 'INVALID_PORT'],
    ['[2001:db8::1]:0', 'INVALID_PORT'],
    [{}, 'INVALID_ADDRESS'],
    [{ address: 1 }, 'INVALID_ADDRESS'],
    [{ address: '192.0.2.1', port: 0 }, 'INVALID_PORT'],
    [{ address: '192.0.2.1', port: 1.5 }, 'INVALID_PORT'],
    [{ address: '192.0.2.1', port: '53' }, 'INVALID_PORT'],
    [{ address: '192.0.2.1', port: Number.NaN }, 'INVALID_PORT'],
    [{ address: '192.0.2.1', dotPort: 65_536 }, 'INVALID_PORT'],
    [{ address: '192.0.2.1', dotPort: 53 }, 'INVALID_PORT'],
    [{ address: '192.0.2.1', port: 853, dotPort: 5353 }, 'INVALID_PORT'],
    [{ address: '192.0.2.1', port: 5353, dotPort: 5353 }, 'INVALID_PORT'],
    [{ address: '192.0.2.1', localAddress: 'eth0' }, 'INVALID_ADDRESS'],
    [{ address: '192.0.2.1', localAddress: '2001:db8::7' }, 'INVALID_ADDRESS'],
    [{ address: '2001:db8::1', localAddress: '198.51.100.7' }, 'INVALID_ADDRESS'],
    [{ address: '2001:db8::1', localAddress: '::ffff:198.51.100.7' }, 'INVALID_ADDRESS'],
    [{ address: '192.0.2.1', zone: 'a..b' }, 'INVALID_ZONE'],
    [{ address: '192.0.2.1', zone: '' }, 'INVALID_ZONE'],
    [{ address: '192.0.2.1', zone: 5 }, 'INVALID_ZONE'],
    [{ address: '192.0.2.1', zone: 'x'.repeat(64) }, 'INVALID_ZONE'],
    [{ address: '192.0.2.1', nameserver: 5 }, 'INVALID_SERVER'],
    [{ address: '192.0.2.1', nameserver: 'n'.repeat(1_025) }, 'INVALID_SERVER'],
    [undefined, 'INVALID_SERVER'],
    [null, 'INVALID_SERVER'],
    [53, 'INVALID_SERVER'],
  ])('%j is none: %s, from every call that takes one, before any effect', async (given, code) => {
    const w = world();
    const ref = given as ServerRef;
    const { selector } = w;
    const calls = [
      () => selector.decide(ref),
      () => selector.peek(ref),
      () => selector.rank(['192.0.2.1', ref]),
      () => selector.explain(ref),
      () => selector.forget(ref),
    ];
    for (const call of calls) {
      expect(call).toThrow(InvalidInputError);
      expect(call).toThrow(expect.objectContaining({ code }));
    }
    await expect(selector.probe(ref)).rejects.toMatchObject({ code });
    const message = Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]);
    await expect(selector.query(ref, message)).rejects.toMatchObject({ code });
    expect([w.entries(), selector.metrics().decisions]).toEqual([[], {}]);
  });

  it('Q17 hosts’ own names of any number beside ours; a misspelt one is refused after them as before', () => {
    for (let i = 0; i < 250; i++) {
      const ref: ServerRef = { address: '192.0.2.1', dotPort: 8853, ...{ [`own${i}`]: i } };
      expect(resolveServer(ref).dot?.port).toBe(8853);
      expect(() => resolveServer({ address: '192.0.2.1', ...{ dotport: 8853 } })).toThrow(InvalidInputError);
    }
  });

  it.each([
    'ns1.example.net\n',
    'ns1.example.net..',
    ' ns1.example.net',
    'ns 1.example.net',
    'n\u00e41.example.net',
    `${'x'.repeat(64)}.example.net`,
    `${'abc.'.repeat(64)}test`,
    '',
  ])('Q41 the name %j is none: refused wherever it comes in, so that no rule is passed by', async (name) => {
    const w = world({ rules: 'require nameserver example.net\nrequire zone example.net' });
    const { selector } = w;
    const address = '192.0.2.1';
    const message = soaQuery('example.org', 1);
    for (const decide of [selector.decide.bind(selector), selector.peek.bind(selector)]) {
      expect(() => decide(address, { nameserver: name })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      expect(() => decide({ address, nameserver: name })).toThrow(expect.objectContaining({ code: 'INVALID_SERVER' }));
      expect(() => decide(address, { zone: name })).toThrow(expect.objectContaining({ code: 'INVALID_ZONE' }));
      expect(() => decide({ address, zone: name })).toThrow(expect.objectContaining({ code: 'INVALID_ZONE' }));
    }
    const asked = selector.query(address, message, { context: { nameserver: name } });
    await expect(asked).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(selector.probe({ address, nameserver: name })).rejects.toMatchObject({ code: 'INVALID_SERVER' });
    const ranked = queryServers(selector, [address], message, { context: { nameserver: name } });
    await expect(ranked).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    for (const selects of ['zone', 'nameserver'])
      expect(() => selector.setRules([{ action: 'require', [selects]: name }])).toThrow(/INVALID_RULE/);
    expect(() => new StaticSource([{ nameserver: name }])).toThrow(/INVALID_SOURCE/);
    expect(() => new StaticSource([{ zone: name }])).toThrow(/INVALID_SOURCE/);
    expect([w.do53.calls, w.dot.calls]).toEqual([[], []]);
  });
});
