// A misspelt option is otherwise one that was not given: a guard that admits nothing, a query without a limit.
import { collectMetrics } from 'dotscout/prometheus';
import { describe, expect, it } from 'vitest';
import {
  createGuard,
  Do53Exchange,
  DotExchange,
  DotProber,
  InvalidInputError,
  queryServers,
  resolvePolicy,
  TransportSelector,
} from '../../src/index.js';
import { ask, Resolver } from '../../src/resolver/index.js';
import { DdrSource, NameserverSource, StaticSource } from '../../src/sources/index.js';
import { HubStore } from '../../src/store/cluster/index.js';
import { FileStore } from '../../src/store/index.js';
import { RedisStore } from '../../src/store/redis/index.js';
import {
  ScriptedExchange,
  ScriptedProber,
  simulate,
  startFaultServer,
  startFleet,
  VirtualClock,
} from '../../src/testing/index.js';
import { query } from '../transport/support.js';

const A = '192.0.2.1';
const exchange = new ScriptedExchange();
const s = new TransportSelector({ dot: exchange, do53: exchange, prober: new ScriptedProber() });
const message = query('a.example.org');
/** What the type check of a caller would have found. */
const as = (given: unknown): never => given as never;

async function refusalOf(run: () => unknown): Promise<InvalidInputError> {
  const error = await (async () => run())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof InvalidInputError)) throw new Error(`refused with ${String(error)}`);
  return error;
}

describe('a misspelt name is refused, with the nearest one that there is', () => {
  it.each<[string, string, string, string, () => unknown]>([
    ['selector', 'INVALID_OPTION', 'polcy', 'policy', () => new TransportSelector(as({ polcy: 'rfc9539' }))],
    ['guard', 'INVALID_OPTION', 'alow', 'allow', () => new TransportSelector({ guard: as({ alow: ['10.0.0.0/8'] }) })],
    ['createGuard', 'INVALID_OPTION', 'denny', 'deny', () => createGuard(as({ denny: [] }))],
    ['policy', 'INVALID_POLICY', 'treshold', 'threshold', () => resolvePolicy(as({ treshold: 1 }))],
    ['preset', 'INVALID_POLICY', 'powerdsn', 'powerdns', () => resolvePolicy(as('powerdsn'))],
    ['query', 'INVALID_OPTION', 'timeout', 'timeoutMs', () => s.query(A, message, as({ timeout: 5 }))],
    ['queryServers', 'INVALID_OPTION', 'singal', 'signal', () => queryServers(s, [A], message, as({ singal: 1 }))],
    ['queryServers', 'INVALID_OPTION', 'isUsabel', 'isUsable', () => queryServers(s, [], message, as({ isUsabel: 1 }))],
    ['context', 'INVALID_OPTION', 'zones', 'zone', () => s.decide(A, as({ zones: 'example.org' }))],
    ['demand', 'INVALID_OPTION', 'requir', 'require', () => s.decide(A, { demand: as('requir') })],
    ['probe', 'INVALID_OPTION', 'forced', 'force', () => s.probe(A, as({ forced: true }))],
    ['server', 'INVALID_SERVER', 'adress', 'address', () => s.decide(as({ adress: A }))],
    ['server', 'INVALID_SERVER', 'dot_port', 'dotPort', () => s.decide(as({ address: A, dot_port: 8853 }))],
    ['server', 'INVALID_SERVER', 'Port', 'port', () => s.decide(as({ address: A, Port: 53 }))],
    ['server', 'INVALID_SERVER', 'nameServer', 'nameserver', () => s.rank([as({ address: A, nameServer: 'ns1' })])],
    ['dump', 'INVALID_OPTION', 'UTC', 'utc', () => s.dump(as({ UTC: true }))],
    ['rules', 'INVALID_RULE', 'nameservr', 'nameserver', () => s.setRules([as({ action: 'never', nameservr: 'ns1' })])],
    ['action', 'INVALID_RULE', 'requires', 'require', () => s.setRules('requires zone example.org')],
    ['DotExchange', 'INVALID_OPTION', 'timeoutMS', 'timeoutMs', () => new DotExchange(as({ timeoutMS: 1 }))],
    ['Do53Exchange', 'INVALID_OPTION', 'clocks', 'clock', () => new Do53Exchange(as({ clocks: 1 }))],
    ['DotProber', 'INVALID_OPTION', 'trustAnchor', 'trustAnchors', () => new DotProber(as({ trustAnchor: [] }))],
    ['StaticSource', 'INVALID_SOURCE', 'nmae', 'name', () => new StaticSource([], as({ nmae: 'mine' }))],
    ['DdrSource', 'INVALID_SOURCE', 'forwarder', 'forwarders', () => new DdrSource(as({ forwarder: [] }))],
    ['forwarder', 'INVALID_SOURCE', 'adress', 'address', () => new DdrSource({ forwarders: [as({ adress: A })] })],
    ['NameserverSource', 'INVALID_SOURCE', 'look', 'lookup', () => new NameserverSource(as({ look: () => [] }))],
    ['FileStore', 'INVALID_OPTION', 'paths', 'path', () => new FileStore(as({ paths: '/tmp/x' }))],
    ['RedisStore', 'INVALID_OPTION', 'vantag', 'vantage', () => new RedisStore(as({ vantag: 'ams1' }))],
    ['HubStore', 'INVALID_OPTION', 'stor', 'store', () => new HubStore(as({ stor: 1 }))],
    ['Resolver', 'INVALID_OPTION', 'trie', 'tries', () => new Resolver(as({ trie: 1 }))],
    ['question', 'INVALID_QUESTION', 'nam', 'name', () => ask(s, A, as({ nam: 'example.org' }))],
    ['fault server', 'INVALID_OPTION', 'falt', 'fault', () => startFaultServer(as({ falt: 'good' }))],
    ['fault', 'INVALID_OPTION', 'tls-mut', 'tls-mute', () => startFaultServer({ fault: as('tls-mut') })],
    ['turns', 'INVALID_OPTION', 'tls-rest', 'tls-reset', () => startFaultServer({ turns: ['good', as('tls-rest')] })],
    ['clear', 'INVALID_OPTION', 'slient', 'silent', () => startFaultServer({ clear: as('slient') })],
    ['fleet', 'INVALID_OPTION', 'dotport', 'dotPort', () => startFleet([], as({ dotport: 1 }))],
    ['fleet', 'INVALID_OPTION', 'falt', 'fault', () => startFleet([as({ falt: 'good' })])],
    ['script', 'INVALID_OPTION', 'latency', 'latencyMs', () => new ScriptedProber(as({ latency: 1 }))],
    [
      'script',
      'INVALID_OPTION',
      'silnt',
      'silent',
      () => new ScriptedExchange({ script: { [A]: ['good', as('silnt')] } }),
    ],
    ['script', 'INVALID_OPTION', 'refusd', 'refused', () => new ScriptedProber().set(A, as('refusd'))],
    ['clock', 'INVALID_OPTION', 'wal', 'wall', () => new VirtualClock(as({ wal: 1 }))],
    ['simulate', 'INVALID_OPTION', 'hour', 'hours', () => simulate(as({ hour: 1 }))],
    ['plan', 'INVALID_OPTION', 'mixx', 'mix', () => simulate({ fleet: as({ name: 'x', mixx: {} }) })],
    ['metrics', 'INVALID_OPTION', 'prefx', 'prefix', () => collectMetrics(s, as({}), as({ prefx: 'a_' }))],
  ])('%s: %s for %s, %s was meant', async (_, code, given, meant, run) => {
    const error = await refusalOf(run);
    expect(error).toMatchObject({ code, message: expect.stringContaining(given) });
    expect(error.expected).toMatch(new RegExp(`(did you mean ${meant}\\?|^${meant})$`));
  });

  it('of a fault server while it runs', async () => {
    await using server = await startFaultServer();
    await expect(server.setFault(as('nonsense'))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(server.setFault('reverse', as({ bach: 1 }))).rejects.toThrow('did you mean batch?');
    await expect(server.setClear(as('nonsense'))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('a server object of the host’s own', () => {
  it.each(['dohPort', 'doqPort', 'nameservers', 'nameserverId', 'nameserverIp', 'localAddress6', 'ports', 'rank'])(
    'may have the part %s, of a server for other transports say',
    (name) => {
      expect(s.rank([as({ address: A, [name]: 443 })])).toHaveLength(1);
    },
  );

  it('may have parts that are none of ours: the host gets it back as it was', () => {
    const server = { address: A, family: 'IPv4', cost: 3, rtt: 20, lost: 1, hosts: [], zones: [] };
    expect(s.decide(server).ref).toBe(server);
  });

  it('without an address: the error shows what there was', () => {
    expect(() => s.decide(as({ ip: A }))).toThrow(`INVALID_ADDRESS: got {"ip":"${A}"}`);
  });
});
