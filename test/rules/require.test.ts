import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { QueryError } from '../../src/contact/query-error.js';
import { testCertificates } from '../../src/testing/certificate.js';
import type { Fault, FaultSettings } from '../../src/testing/index.js';
import { spkiHash } from '../../src/transport/tls/spki.js';
import { answerRows } from '../faults/rows-answer.js';
import { connectRows } from '../faults/rows-connect.js';
import { handshakeRows } from '../faults/rows-handshake.js';
import { brisk, lab } from '../support/lab.js';

interface Case {
  readonly fault: Fault;
  readonly settings: FaultSettings;
}

/** Every fault of the table that a fault server brings about, with the numbers that shape it. */
const CASES: readonly Case[] = [...connectRows, ...handshakeRows, ...answerRows].flatMap(({ make }) =>
  make.kind === 'fault' ? [{ fault: make.fault, settings: make.settings ?? {} }] : [],
);

/** How long a caller waits, in milliseconds: longer than an attempt may live. */
const TIMEOUT_MS = 900;

/** What a query came to, where it may come to nothing but DoT. */
async function outcome(asked: Promise<{ transport: string; encrypted: boolean; fellBack: boolean }>): Promise<string> {
  try {
    const { transport, encrypted, fellBack } = await asked;
    return `${transport} ${encrypted} ${fellBack}`;
  } catch (error) {
    if (error instanceof QueryError) return error.code;
    throw error;
  }
}

test('Q13 a probe proves what is demanded, and its session serves the next query', async () => {
  const pin = spkiHash(new X509Certificate(testCertificates.good.cert));
  const rules = `require-and-authenticate address 127.0.0.1 by pin ${pin}`;
  const l = await lab({}, { rules });
  expect((await l.selector.probe(l.target)).evidence).toEqual({ result: 'success' });
  expect(await l.ask()).toMatchObject({ transport: 'dot', authenticated: true });
  expect(l.server.counters).toMatchObject({ handshakes: 1, dotQueries: 2, udpQueries: 0, tcpQueries: 0 });
  l.selector.setRules('');
  expect(await l.ask()).toMatchObject({ transport: 'dot', authenticated: false });
  expect(l.server.counters.handshakes).toBe(2);
});

test('Q13 the table names more than forty faults', () => {
  expect(new Set(CASES.map(({ fault }) => fault)).size).toBeGreaterThan(40);
});

test.for(CASES.map((one, index) => [one.fault, index, one.settings] as const))(
  'Q13 require, and the server is %s (%i): not one packet in clear text, of queries or probes',
  async ([fault, , settings]) => {
    const rules = 'require address 127.0.0.1';
    const l = await lab({ ...settings }, { rules, guard: {}, policy: { ...brisk, onlyAfterAnswer: false } });
    const { server, selector, target } = l;
    // Once with a session open when the fault begins, and then without.
    expect(await outcome(l.ask('first.example.test'))).toBe('dot true false');
    await server.setFault(fault, settings);
    const seen: string[] = [];
    for (const name of ['a', 'b']) seen.push(await outcome(l.ask(`${name}.example.test`, TIMEOUT_MS)));
    selector.networkChanged();
    seen.push(await outcome(l.ask('c.example.test', TIMEOUT_MS)));
    const probed = await selector.probe(target, { force: true });
    expect(probed.comparison?.rcode).toBeUndefined();
    for (const each of seen) expect(each).toMatch(/^(dot true false|NO_ANSWER|TIMEOUT)$/);
    const { udpQueries, tcpQueries } = server.counters;
    expect({ udpQueries, tcpQueries }).toEqual({ udpQueries: 0, tcpQueries: 0 });
    expect(selector.metrics().clearToGood).toEqual({});
  },
);
