import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/testing/ports.js';
import { ask, names, nextProbe, selectorFor, transports, ZONE } from '../support/rig.js';
import { startBind, startNsd } from '../support/servers.js';

/** BIND as a resolver on the DoT port, and NSD as the zone's own server on the Do53 port, of one address. */
async function twoServices() {
  const address = '127.0.0.1';
  const dotPort = await freePort(address);
  const nsd = await startNsd({ address, tls: 'none' });
  onTestFinished(() => nsd.stop());
  // It knows where the root's servers are by hints alone, and asks nobody: recursion is for others than us.
  const bind = await startBind({ address, dotPort, zones: {}, resolver: true });
  onTestFinished(() => bind.stop());
  return { address, port: nsd.port, dotPort, zone: ZONE };
}

test('P15 BIND as resolver on 853, NSD on 53: the probe finds the zone lame, nothing is answered worse', async () => {
  const target = await twoServices();
  const selector = selectorFor();
  const probed = nextProbe(selector);
  const asked = [];
  for (const name of names(2)) asked.push(await ask(selector, target, name));
  const { result } = await probed;
  expect(result).toMatchObject({ evidence: { kind: 'lame' }, comparison: { rcode: 0, answer: 'answer' } });
  expect(selector.explain(target)).toMatchObject({ status: 'Unknown', lameZones: [`${ZONE}.`] });
  for (const name of names(10, 'later')) asked.push(await ask(selector, target, name));
  expect(transports(asked)).toEqual({ do53: 12 });
});

test('Q28 BIND as resolver on 853 refers upward, NSD on 53 answers: every query has NSD’s answer', async () => {
  const target = await twoServices();
  const selector = selectorFor();
  // As when the two were one service, or nobody has compared them yet.
  selector.report(selector.decide(target), { transport: 'dot', ok: true, rcode: 0 });
  expect(selector.explain(target).status).toBe('Good');
  const asked = [];
  for (const name of names(12)) asked.push(await ask(selector, target, name));
  expect(transports(asked)).toEqual({ do53: 12 });
  expect(selector.metrics().clearToGood).toEqual({ compare: 1, 'lame-zone': 11 });
  expect(selector.explain(target)).toMatchObject({ status: 'Good', lameZones: [`${ZONE}.`] });

  expect(selector.explain(target).lame).toMatchObject([{ dot: 'upward', do53: 'answer' }]);
});
