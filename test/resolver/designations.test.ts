import { describe, expect, it } from 'vitest';
import { resolveServer } from '../../src/contact/server.js';
import { Designations } from '../../src/resolver/designations.js';
import { alpn, answerWith, askedOf, ipv4Hint, svcb } from '../sources/support.js';
import { type World, world } from '../support/world.js';

const SERVER = '192.0.2.53';
const NEXT = '192.0.2.54';
const DESIGNATED = '198.51.100.53';
const TO_DESIGNATED = svcb(1, 'dot.test', alpn('dot'), ipv4Hint(DESIGNATED));

/** A world whose servers all designate the same one. */
function designating(servers: readonly string[]): { w: World; designations: Designations } {
  const designations = new Designations();
  designations.use(servers.map((server) => resolveServer(server)));
  const otherwise = (query: Uint8Array): Uint8Array =>
    answerWith(query, askedOf(query).startsWith('64 ') ? [{ type: 64, data: TO_DESIGNATED }] : [], 300);
  return { w: world({ sources: [designations], authenticates: true, clear: { otherwise } }), designations };
}

async function settle(w: World): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await w.clock.advance(0);
}

/** Which servers were asked what they designate. */
function askedForDdr(w: World): string[] {
  const calls = w.do53.calls.filter(({ asked }) => askedOf(asked.message) === '64 _dns.resolver.arpa');
  return calls.map(({ asked }) => asked.endpoint.address);
}

describe('Designations', () => {
  it('nobody is asked before there is a question, nor by a look at what is known', async () => {
    const { w } = designating([SERVER]);
    await settle(w);
    w.selector.peek(SERVER);
    w.selector.explain(SERVER);
    await settle(w);
    expect(w.do53.calls).toEqual([]);
  });

  it('with the first question all servers are, each once; it does not wait, later ones go to the designated one', async () => {
    const { w } = designating([SERVER, NEXT]);
    expect((await w.ask(SERVER)).transport).toBe('do53');
    await settle(w);
    expect(askedForDdr(w)).toEqual([SERVER, NEXT]);
    expect(await w.ask(SERVER)).toMatchObject({ transport: 'dot', encrypted: true });
    expect(w.dot.calls[0]?.asked.endpoint).toMatchObject({ address: DESIGNATED, port: 853 });
    expect(w.selector.explain(SERVER).claims).toHaveLength(1);
  });

  it('other servers: what was designated is forgotten, and they are asked with their first question', async () => {
    const { w, designations } = designating([SERVER]);
    await w.ask(SERVER);
    await settle(w);
    designations.use([resolveServer(NEXT)]);
    expect(w.selector.peek(SERVER).action).toBe('clear');
    await w.ask(NEXT);
    await settle(w);
    expect(askedForDdr(w)).toEqual([SERVER, NEXT]);
  });

  it('another network: all are asked again', async () => {
    const { w } = designating([SERVER]);
    await w.ask(SERVER);
    await settle(w);
    w.selector.networkChanged('other');
    expect(w.selector.peek(SERVER).action).toBe('clear');
    await settle(w);
    expect(askedForDdr(w)).toEqual([SERVER, SERVER]);
  });

  it('a server that is DoT alone is not asked in clear text', async () => {
    const { w } = designating([`${SERVER}:853`, NEXT]);
    await w.ask(NEXT);
    await settle(w);
    expect(askedForDdr(w)).toEqual([NEXT]);
  });
});
