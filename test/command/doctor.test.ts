import { createHook } from 'node:async_hooks';
import { expect, it, onTestFinished, vi } from 'vitest';
import { judgeClock } from '../../packages/dotscout-cli/src/doctor/clock.js';
import { doctor } from '../../packages/dotscout-cli/src/doctor/command.js';
import { judgeOutbound } from '../../packages/dotscout-cli/src/doctor/outbound.js';
import { judgeState } from '../../packages/dotscout-cli/src/doctor/state.js';
import { EXIT } from '../../packages/dotscout-cli/src/exit.js';
import { type ProbeRecord, unprobed } from '../../packages/dotscout-cli/src/look/record.js';
import type { StoredVerdict } from '../../src/store/index.js';
import { startFaultServer } from '../../src/testing/index.js';
import { freePort } from '../../src/testing/ports.js';

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
  [
    'nothing answers, on 853 nor on 53',
    [bad('connect', 'silent', false), bad('connect', 'unreachable', false)],
    'trouble',
    /^no DNS server at 192.0.2.1, 192.0.2.1: neither DoT nor plain DNS/,
  ],
  ['a machine without DNS refuses', [bad('connect', 'refused', false)], 'trouble', /^no DNS server at 192.0.2.1/],
  ['a proxy takes 853, and 53 is shut', [bad('handshake', 'alert', false)], 'trouble', /takes port 853 for itself/],
  ['the guard forbids it', [NOTHING], 'open', /^not tried: the guard forbids 192.0.2.1/],
  ['this machine has no sockets left', [{ ...NOTHING, kind: 'local' }], 'open', /^nothing learned: local/],
  ['no server was named', [], 'open', /^not tried: .* unless you name a server/],
] as const)('port 853: %s', (_, records, state, text) => {
  const check = judgeOutbound(records, { hasNetwork: true });
  expect(check.state).toBe(state);
  expect(check.text).toMatch(text);
  expect(check.advice === undefined).toBe(check.code === 'open' || check.code === 'nothing-learned');
});

it('port 853: a machine without a network blames nobody else', () => {
  const check = judgeOutbound([bad('connect', 'unreachable', false)], { hasNetwork: false });
  expect(check).toMatchObject({
    code: 'offline',
    text: expect.stringMatching(/^no path: this machine has no address/),
  });
});

it('port 853: what the guard forbids, it says how to allow, here and in a resolver', () => {
  const { advice } = judgeOutbound([NOTHING], { hasNetwork: true });
  expect(advice).toContain('--allow 192.0.2.1 ');
  expect(advice).toContain("guard: { allow: ['192.0.2.1'] }");
});

it('a server that does not exist is said to be so, and no firewall blamed: Do53 is asked even where 853 is refused', async () => {
  const port = await freePort('127.0.0.1');
  const dotPort = await freePort('127.0.0.1');
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const options = { port: dotPort, do53Port: port, timeout: 4_000, allow: ['127.0.0.0/8'], via: ['127.0.0.1'] };
  onTestFinished(() => written.mockRestore());
  expect(await doctor(options)).toBe(EXIT.no);
  expect(await doctor({ ...options, json: true })).toBe(EXIT.no);
  const text = written.mock.calls.join('');
  expect(text).toMatch(/^TROUBLE {2}port 853 {4}(no DNS server at 127\.0\.0\.1|no path)/);
  expect(text).not.toMatch(/firewall|blocked/);
  const [first] = text.split('\n').filter((line) => line.startsWith('{'));
  expect(Object.keys(JSON.parse(first ?? ''))).toEqual(['what', 'state', 'code', 'text', 'advice']);
});

it('without --via it opens no socket and asks no resolver; with it, it does', async () => {
  const opened: string[] = [];
  const hook = createHook({ init: (_, type) => void opened.push(type) });
  const networked = () => opened.filter((type) => /TCP|UDP|TLS|QUERY|GETADDR|GETNAME/.test(type));
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await using server = await startFaultServer({ fault: 'closed' });
  const options = { port: server.dotPort, do53Port: server.port, zone: '.', timeout: 4_000, allow: ['127.0.0.0/8'] };
  hook.enable();
  try {
    expect(await doctor(options)).toBe(EXIT.done);
    expect(networked()).toEqual([]);
    expect(written.mock.calls.join('')).toMatch(/not tried: .*\n.*--via ADDRESS/);
    expect(await doctor({ ...options, via: [server.address] })).toBe(EXIT.no);
    expect(networked()).toContain('TCPWRAP');
  } finally {
    hook.disable();
    written.mockRestore();
  }
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

const PLACE = { address: '192.0.2.1', port: 853, transport: 'dot', savedAt: NOW } as const;
const held = { leftMs: 3_600_000, heldMs: 0, level: 0 };
const GOOD: StoredVerdict = { ...PLACE, ...held, verdict: 'good', refreshMs: 0 };
const failed = (kind: 'refused' | 'silent'): StoredVerdict => ({
  ...PLACE,
  ...held,
  ...{ verdict: 'bad', phase: 'connect', kind, controlled: true, formerlyGood: false },
});

it.each([
  ['some are Good', [GOOD, failed('refused')], 0, 'well', /^Good 1, Bad 1 \(connect refused 1\)$/, undefined],
  ['what was Good has expired', [GOOD], 7_200_000, 'trouble', /^Unknown 1$/, /has expired/],
  [
    'all are silent',
    [failed('silent'), failed('silent'), failed('refused')],
    0,
    'trouble',
    /connect silent 2/,
    /on 853 at all/,
  ],
  ['nobody speaks DoT', [failed('refused')], 0, 'trouble', /^Bad 1/, /nothing is wrong here/],
  ['nothing is written any more', [GOOD], 8 * 86_400_000, 'trouble', /^nothing was stored for 8 d$/, /cannot write/],
  ['it is empty', [], 0, 'trouble', /^holds nothing$/, /met no server twice/],
] as const)('state file: %s', (_, verdicts, laterMs, state, text, advice) => {
  const check = judgeState({ verdicts, records: verdicts.length, problems: [] }, NOW + laterMs);
  expect(check.state).toBe(state);
  expect(check.text).toMatch(text);
  expect(check.advice ?? '').toMatch(advice ?? /^$/);
});

it('state file: one that cannot be read is told with its code', () => {
  const problems = [{ code: 'foreign', detail: 'no journal' }] as const;
  expect(judgeState({ verdicts: [], records: 0, problems }, NOW)).toMatchObject({
    state: 'trouble',
    text: 'foreign: no journal',
  });
});
