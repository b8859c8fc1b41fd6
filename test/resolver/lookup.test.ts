import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lookup, Resolver } from 'dotscout/resolver';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DnsError, type DnsErrorCode } from '../../src/resolver/dns-error.js';
import { type AddressResolver, findAddresses } from '../../src/resolver/find-addresses.js';
import { parseHosts, readHosts } from '../../src/resolver/hosts-file.js';
import type { Lookup } from '../../src/resolver/lookup-function.js';
import { lookupBy } from '../../src/resolver/lookup-function.js';
import { wanted } from '../../src/resolver/lookup-options.js';
import { completed, parseSearchList } from '../../src/resolver/search-list.js';
import { answerWith, scriptedServer } from './support.js';

const V4: LookupAddress = { address: '192.0.2.1', family: 4 };
const V6: LookupAddress = { address: '2001:db8::1', family: 6 };

/** Has one address of each family, or none and says why. */
function resolverOf(v4: string[] | DnsErrorCode, v6: string[] | DnsErrorCode): AddressResolver & { asked: string[] } {
  const asked: string[] = [];
  const answer = (family: string, is: string[] | DnsErrorCode) => async (name: string) => {
    asked.push(family);
    if (typeof is === 'string') throw new DnsError(is, 'queryA', name);
    return is;
  };
  return { asked, resolve4: answer('4', v4), resolve6: answer('6', v6) };
}

const BOTH = resolverOf(['192.0.2.1'], ['2001:db8::1']);

function called(by: Lookup | typeof dns.lookup, ...args: unknown[]): Promise<unknown[]> {
  return new Promise((resolve) =>
    (by as (...all: unknown[]) => void)(...args, (...result: unknown[]) => resolve(result)),
  );
}

describe('lookup', () => {
  it.each<[LookupOptions & { order?: string }, LookupAddress[]]>([
    [{ family: 4 }, [V4]],
    [{ family: 6 }, [V6]],
    [{ family: 'IPv4' }, [V4]],
    [{ family: 'IPv6' }, [V6]],
    [{ order: 'ipv4first' }, [V4, V6]],
    [{ order: 'ipv6first' }, [V6, V4]],
    [{ verbatim: false }, [V4, V6]],
  ])('%j', async (options, expected) => {
    expect(await findAddresses('a.test', wanted(options), BOTH)).toEqual(expected);
    const by = lookupBy(BOTH);
    expect(await called(by, 'a.test', { ...options, all: true })).toEqual([null, expected]);
    expect(await called(by, 'a.test', options)).toEqual([null, expected[0]?.address, expected[0]?.family]);
  });

  it('an option that is null is left out, as with Node', async () => {
    const options = { family: null, all: null, order: null, verbatim: null, hints: null };
    for (const by of [lookup, dns.lookup])
      expect(await called(by, '192.0.2.1', options)).toEqual([null, V4.address, 4]);
  });

  it.each<[string, (LookupOptions | number)?]>([
    ['192.0.2.1'],
    ['2001:db8::1', 6],
    ['192.0.2.1', { all: true }],
    [''],
    ['', { all: true }],
  ])('promisify makes of it what it makes of Node’s: %j %j', async (name, options = {}) => {
    const theirs = await promisify(dns.lookup)(name, options as LookupOptions);
    expect(await promisify(lookup)(name, options)).toEqual(theirs);
    expect(await promisify(lookupBy(BOTH))(name, options)).toEqual(theirs);
  });

  it('promisify rejects as the callback is told', async () => {
    const failing = promisify(lookupBy(resolverOf('ENOTFOUND', 'ENOTFOUND')));
    await expect(failing('a.test')).rejects.toMatchObject({ code: 'ENOTFOUND', hostname: 'a.test' });
  });

  it('a family that is not wanted is not asked for', async () => {
    const resolver = resolverOf(['192.0.2.1'], []);
    await findAddresses('a.test', wanted(4), resolver);
    expect(resolver.asked).toEqual(['4']);
  });

  it('V4MAPPED: IPv4 addresses where there is no other', async () => {
    const want = wanted({ family: 6, hints: dns.V4MAPPED });
    expect(await findAddresses('a.test', want, BOTH)).toEqual([V6]);
    const mapped = [{ address: '::ffff:192.0.2.1', family: 6 }];
    expect(await findAddresses('a.test', want, resolverOf(['192.0.2.1'], 'ENODATA'))).toEqual(mapped);
  });

  it('one family without an address, or without an answer: the other', async () => {
    for (const failed of ['ENODATA', 'ETIMEOUT', 'ESERVFAIL'] as const) {
      expect(await findAddresses('a.test', wanted(0), resolverOf(['192.0.2.1'], failed))).toEqual([V4]);
    }
  });

  it.each<[DnsErrorCode, DnsErrorCode, string, number]>([
    ['ENOTFOUND', 'ENOTFOUND', 'ENOTFOUND', -3008],
    ['ENODATA', 'ENODATA', 'ENOTFOUND', -3008],
    ['EBADNAME', 'EBADNAME', 'ENOTFOUND', -3008],
    ['ENODATA', 'ETIMEOUT', 'EAI_AGAIN', -3001],
    ['ESERVFAIL', 'ESERVFAIL', 'EAI_AGAIN', -3001],
    ['ECANCELLED', 'ECANCELLED', 'EAI_CANCELED', -3003],
  ])('%s and %s: %s', async (v4, v6, code, errno) => {
    const [error] = await called(lookupBy(resolverOf(v4, v6)), 'a.test', {});
    expect(error).toMatchObject({
      code,
      errno,
      syscall: 'getaddrinfo',
      hostname: 'a.test',
      message: `getaddrinfo ${code} a.test`,
    });
  });

  it('errors in the shape of Node’s', async () => {
    const shape = ([error]: unknown[]) => {
      const { code, errno, syscall, hostname, message, name } = error as NodeJS.ErrnoException & { hostname: string };
      return { code, errno, syscall, hostname, message, name };
    };
    const ours = shape(await called(lookupBy(resolverOf('ENOTFOUND', 'ENOTFOUND')), 'a..b', {}));
    expect(ours).toEqual(shape(await called(dns.lookup, 'a..b', {})));
  });

  it.each<[string, unknown]>([
    ['192.0.2.7', {}],
    ['2001:db8::7', {}],
    ['2001:db8::7', { family: 4 }],
    ['192.0.2.7', { all: true }],
    ['192.0.2.7', 6],
    ['', {}],
    ['', { all: true }],
    ['', 6],
  ])('%j, %j: the same as Node’s, and nobody is asked', async (hostname, options) => {
    const resolver = resolverOf('ESERVFAIL', 'ESERVFAIL');
    expect(await called(lookupBy(resolver), hostname, options)).toEqual(await called(dns.lookup, hostname, options));
    expect(resolver.asked).toEqual([]);
  });

  it('names of this machine: nobody is asked (RFC 6761 section 6.3)', async () => {
    const resolver = resolverOf('ESERVFAIL', 'ESERVFAIL');
    for (const name of ['localhost', 'LocalHost', 'localhost.', 'a.localhost']) {
      expect(await findAddresses(name, wanted(6), resolver)).toContainEqual({ address: '::1', family: 6 });
      expect(await findAddresses(name, wanted(4), resolver)).toContainEqual({ address: '127.0.0.1', family: 4 });
    }
    expect(resolver.asked).toEqual([]);
  });

  it.each<unknown[]>([
    ['a.test'],
    [5, () => {}],
    ['a.test', { family: 5 }, () => {}],
    ['a.test', { family: 'IPv5' }, () => {}],
    ['a.test', { all: 'yes' }, () => {}],
    ['a.test', { verbatim: 1 }, () => {}],
    ['a.test', 'x', () => {}],
    ['a.test', {}, 'x'],
  ])('arguments that are none: thrown by the call itself, with the code of Node’s', (...args) => {
    const thrownBy = (by: (...all: unknown[]) => void) => {
      try {
        by(...args);
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
      return undefined;
    };
    const expected = thrownBy(dns.lookup as (...all: unknown[]) => void);
    expect(expected).toMatch(/^ERR_/);
    expect(thrownBy(lookupBy(BOTH) as (...all: unknown[]) => void)).toBe(expected);
  });

  it('a Resolver’s own asks its servers', async () => {
    const asked: number[] = [];
    const server = await scriptedServer((query) => {
      asked.push(query.readUInt16BE(query.length - 4));
      return answerWith(
        query,
        query.readUInt16BE(query.length - 4) === 1 ? [{ type: 1, data: Buffer.from([192, 0, 2, 1]) }] : [],
      );
    });
    const resolver = new Resolver({ servers: [server] });
    onTestFinished(() => resolver.close());
    expect(await called(resolver.lookup, 'a.test')).toEqual([null, '192.0.2.1', 4]);
    expect(asked).toEqual(expect.arrayContaining([1, 28]));
  });

  it('the system’s: the hosts file first', async () => {
    expect(await called(lookup, 'localhost', { family: 4 })).toEqual([null, '127.0.0.1', 4]);
  });
});

describe('the search list', () => {
  it('search or domain, the later one; ndots; comments left out', () => {
    expect(parseSearchList('nameserver 192.0.2.1\n')).toEqual({ domains: [], ndots: 1 });
    const text =
      'domain a.test\nsearch b.test c.test. # d.test\r\noptions rotate ndots:5 timeout:1\n; search e.test\nsearch\n';
    expect(parseSearchList(text)).toEqual({ domains: [], ndots: 5 });
    expect(parseSearchList(text.replace(/search\n$/, ''))).toEqual({ domains: ['b.test', 'c.test'], ndots: 5 });
    expect(parseSearchList('search b.test\ndomain a.test c.test\noptions ndots:99\noptions ndots:x')).toEqual({
      ...{ domains: ['a.test'], ndots: 15 },
    });
    expect(parseSearchList(`search ${'a '.repeat(20)}.`).domains).toHaveLength(16);
  });

  it.each<[string, number, string[]]>([
    ['a', 1, ['a.one', 'a.two', 'a']],
    ['a.b', 1, ['a.b', 'a.b.one', 'a.b.two']],
    ['a.b', 2, ['a.b.one', 'a.b.two', 'a.b']],
    ['a', 0, ['a', 'a.one', 'a.two']],
    ['a.', 1, ['a.']],
    ['a.onion', 1, ['a.onion']],
  ])('%s with ndots %i: %j', (hostname, ndots, expected) => {
    expect(completed(hostname, { domains: ['one', 'two'], ndots })).toEqual(expected);
  });

  it('the first name with an address; none is an error in the name that was given', async () => {
    const asked: string[] = [];
    const resolver: AddressResolver = {
      async resolve4(name) {
        asked.push(name);
        if (name === 'a.two') return ['192.0.2.1'];
        throw new DnsError(name === 'bad.one' ? 'ESERVFAIL' : 'ENOTFOUND', 'queryA', name);
      },
      resolve6: () => Promise.reject(new DnsError('ENODATA', 'queryAaaa', '')),
    };
    const list = { domains: ['one', 'two'], ndots: 1 };
    expect(await findAddresses('a', wanted(0), resolver, list)).toEqual([V4]);
    expect(asked.splice(0)).toEqual(['a.one', 'a.two']);
    const none = findAddresses('b', wanted(0), resolver, list);
    await expect(none).rejects.toMatchObject({ code: 'ENOTFOUND', hostname: 'b', cause: expect.any(DnsError) });
    expect(asked.splice(0)).toEqual(['b.one', 'b.two', 'b']);
    // Who it is in the first domain is not known: the second could be somebody else.
    await expect(findAddresses('bad', wanted(0), resolver, list)).rejects.toMatchObject({ code: 'EAI_AGAIN' });
    expect(asked).toEqual(['bad.one']);
  });
});

describe('the hosts file', () => {
  it('addresses and names, comments and what is no address left out', () => {
    const { addresses, names } = parseHosts(
      '127.0.0.1 localhost\tBox # the machine\r\n::1  localhost\n# 192.0.2.9 no\n\nnonsense a\n192.0.2.300 b\n127.0.0.1 again localhost\n2001:DB8::0:1 six',
    );
    expect([...addresses]).toEqual([
      ['localhost', ['127.0.0.1', '::1']],
      ['box', ['127.0.0.1']],
      ['again', ['127.0.0.1']],
      ['six', ['2001:db8::1']],
    ]);
    expect([...names]).toEqual([
      ['127.0.0.1', ['localhost', 'Box', 'again']],
      ['::1', ['localhost']],
      ['2001:db8::1', ['six']],
    ]);
  });

  it('is read again once it has changed; where there is none, nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dotscout-hosts-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'hosts');
    expect((await readHosts(path)).addresses.size).toBe(0);
    await writeFile(path, '192.0.2.1 a');
    const first = await readHosts(path);
    expect(first.addresses.get('a')).toEqual(['192.0.2.1']);
    expect(await readHosts(path)).toBe(first);
    await writeFile(path, '192.0.2.2 a');
    await utimes(path, 1, 1);
    expect((await readHosts(path)).addresses.get('a')).toEqual(['192.0.2.2']);
  });

  it('reverse: its names, all of them, where Node leaves out the first', async () => {
    const { names } = await readHosts();
    const server = await scriptedServer((query) => answerWith(query, [], 3));
    const resolver = new Resolver({ servers: [server] });
    onTestFinished(() => resolver.close());
    const expected = names.get('127.0.0.1') ?? [];
    expect(await resolver.reverse('127.0.0.1').catch(() => [])).toEqual(expected);
  });
});
