import { expect, it } from 'vitest';
import { judgeClock } from '../../packages/dotscout-cli/src/doctor/clock.js';
import { judgeOutbound } from '../../packages/dotscout-cli/src/doctor/outbound.js';
import { type ProbeRecord, unprobed } from '../../packages/dotscout-cli/src/look/record.js';

const NOTHING = unprobed({ address: '192.0.2.1', port: 853, name: null }, 'guard');
const good = (authorized: boolean): ProbeRecord => ({ ...NOTHING, verdict: 'good', kind: null, authorized });
const bad = (phase: string, kind: string, controlled: boolean): ProbeRecord => ({
  ...NOTHING,
  ...{ verdict: 'bad', phase, kind, controlled },
});

it.each([
  ['one of them answers', [good(true), bad('connect', 'unreachable', false)], 'well', /^open outbound: 192.0.2.1/],
  [
    'a firewall drops',
    [bad('connect', 'silent', true), bad('connect', 'silent', false)],
    'trouble',
    /^blocked outbound/,
  ],
  ['a firewall resets', [bad('connect', 'refused', true)], 'trouble', /^blocked outbound/],
  ['a proxy takes it', [bad('handshake', 'not-tls', true)], 'trouble', /takes port 853 for itself/],
  ['somebody else answers', [good(false)], 'trouble', /not with a certificate to trust/],
  ['nothing answers', [bad('connect', 'silent', false), bad('connect', 'unreachable', false)], 'trouble', /^no path/],
  ['the guard forbids it', [NOTHING], 'open', /^nothing learned: guard/],
] as const)('port 853: %s', (_, records, state, text) => {
  const check = judgeOutbound(records);
  expect(check.state).toBe(state);
  expect(check.text).toMatch(text);
  expect(check.advice === undefined).toBe(state !== 'trouble');
});

const NOW = Date.UTC(2027, 0, 1);

it.each([
  [
    'within a trusted certificate',
    { wall: NOW, certificates: [undefined, 'CERT_HAS_EXPIRED'] },
    'well',
    /within trusted/,
  ],
  ['before the command was written', { wall: 0, certificates: [undefined] }, 'trouble', /^1970/],
  ['before a certificate', { wall: NOW, certificates: [undefined, 'CERT_NOT_YET_VALID'] }, 'trouble', /begins$/],
  ['after all certificates', { wall: NOW, certificates: ['CERT_HAS_EXPIRED', 'CERT_HAS_EXPIRED'] }, 'trouble', /end$/],
  ['before the state file', { wall: NOW, certificates: [], savedAt: NOW + 7_200_000 }, 'trouble', /2 h before/],
  ['nothing to compare with', { wall: NOW, certificates: ['DEPTH_ZERO_SELF_SIGNED_CERT'] }, 'open', /no trusted/],
] as const)('clock: %s', (_, facts, state, text) => {
  const check = judgeClock(facts);
  expect(check.state).toBe(state);
  expect(check.text).toMatch(text);
});
