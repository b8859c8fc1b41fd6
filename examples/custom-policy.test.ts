// How to test a probe policy: time is a VirtualClock, the servers are scripts, and days pass in a moment.
import { type SelectorOptions, TransportSelector } from 'dotscout';
import { type ScriptedAnswer, ScriptedExchange, ScriptedProber, VirtualClock } from 'dotscout/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { careful } from './custom-policy.js';

const SERVER = '9.9.9.9';
/** Another server on the same network, which speaks DoT. */
const NEIGHBOUR = '149.112.112.112';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** www.example.org, A. */
const QUESTION = Uint8Array.from([
  ...[0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
  ...[3, ...Buffer.from('www'), 7, ...Buffer.from('example'), 3, ...Buffer.from('org'), 0, 0, 1, 0, 1],
]);

let selector: TransportSelector | undefined;
afterEach(() => selector?.close());

/** A resolver's world with one server in it: what probes find there, and what DoT answers. */
function world(found: 'good' | 'refused', dotAnswers: ScriptedAnswer = 'good') {
  const clock = new VirtualClock();
  const prober = new ScriptedProber({ clock, latencyMs: 30, script: { [SERVER]: found, [NEIGHBOUR]: 'good' } });
  const dot = new ScriptedExchange({ clock, latencyMs: 30, script: { [SERVER]: dotAnswers } });
  const do53 = new ScriptedExchange({ clock, latencyMs: 10 });
  const options: SelectorOptions = { clock, prober, dot, do53, policy: careful, random: () => 0.5 };
  const one = new TransportSelector(options);
  selector = one;
  const ask = async (server: string = SERVER) => {
    const result = one.query(server, QUESTION);
    await clock.advance(1_000);
    return (await result).transport;
  };
  const status = () => one.explain(SERVER).status;
  return { clock, prober, dot, ask, status };
}

/** Asks several times, a second apart, and tells how each was answered. */
async function times(count: number, ask: () => Promise<string>): Promise<string[]> {
  const transports: string[] = [];
  for (let i = 0; i < count; i++) transports.push(await ask());
  return transports;
}

describe('the careful policy', () => {
  test('probes at the fifth contact, not before, and uses what it found', async () => {
    const { prober, ask, status } = world('good');
    await times(4, ask);
    expect(prober.calls).toHaveLength(0);
    expect(status()).toBe('Unknown');
    await ask();
    expect(prober.calls).toHaveLength(1);
    expect(status()).toBe('Good');
    expect(await ask()).toBe('dot');
  });

  test('leaves a server that refused alone for a week', async () => {
    const { clock, prober, ask, status } = world('refused');
    const probes = () => prober.calls.filter(({ address }) => address === SERVER);
    // Where DoT has never worked the network itself may refuse it, so that Bad servers are tried again soon.
    await times(5, () => ask(NEIGHBOUR));
    await times(5, ask);
    expect(status()).toBe('Bad');
    for (let day = 0; day < 6; day++) {
      await clock.advance(DAY);
      expect(await times(10, ask)).toEqual(Array(10).fill('do53'));
    }
    expect(probes()).toHaveLength(1);
    await clock.advance(DAY);
    await ask();
    expect(probes()).toHaveLength(2);
  });

  test('gives DoT up at the third broken session, and no query is lost by it', async () => {
    const { prober, ask, status } = world('good', { phase: 'handshake', kind: 'closed' });
    await times(5, ask);
    expect(status()).toBe('Good');
    // What a probe finds in between is not to decide here.
    prober.set(SERVER, 'local');
    expect(await times(2, ask)).toEqual(['do53', 'do53']);
    expect(status()).toBe('Good');
    expect(await ask()).toBe('do53');
    expect(status()).toBe('Bad');
  });

  test('tries again ten minutes after a fall', async () => {
    const { clock, prober, ask, status } = world('good', { phase: 'handshake', kind: 'closed' });
    await times(5, ask);
    prober.set(SERVER, 'refused');
    while (status() === 'Good') await ask();
    const before = prober.calls.length;
    prober.set(SERVER, 'good');
    await clock.advance(9 * MINUTE);
    await ask();
    expect(prober.calls).toHaveLength(before);
    await clock.advance(MINUTE);
    await ask();
    expect(prober.calls).toHaveLength(before + 1);
    expect(status()).toBe('Good');
  });
});
