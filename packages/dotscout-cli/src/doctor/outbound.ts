import { type FailureKind, isWordless } from 'dotscout/state';
import type { ProbeRecord } from '../look/record.js';
import type { Check } from './check.js';

const WHAT = 'port 853';

/** What is known beside the probes. */
export interface OutboundFacts {
  /** Whether this machine has an address that is not its own loopback. */
  readonly hasNetwork: boolean;
}

/**
 * Whether DoT gets out of here, by how servers that are known to speak it were met. Each failure was followed by a question over
 * Do53: only what answers that and not on 853 can be kept from us by a firewall.
 *
 * @param records - a probe each, made with control; none where no server was named
 * @param facts - about this machine
 */
export function judgeOutbound(records: readonly ProbeRecord[], { hasNetwork }: OutboundFacts): Check {
  if (records.length === 0) return untried();
  const good = records.filter(({ verdict }) => verdict === 'good');
  if (good.length > 0) return judgeGood(good);
  const failed = records.filter(({ verdict }) => verdict === 'bad');
  if (failed.length === 0) return nothingLearned(records);
  const controlled = failed.filter(({ controlled }) => controlled === true);
  // Whoever answers on 853 with something else is there, whatever becomes of plain DNS.
  const spoken = failed.find(({ phase, kind }) => phase !== 'connect' && kind !== 'silent');
  if (spoken !== undefined) return intercepted(spoken);
  return controlled.length > 0 ? blocked(controlled) : unanswered(failed, hasNetwork);
}

/** Whom to contact is for people to say: a look at one's own machine tells no stranger of it. */
function untried(): Check {
  return {
    what: WHAT,
    state: 'open',
    code: 'not-tried',
    text: 'not tried: nobody is contacted unless you name a server',
    advice:
      '--via ADDRESS tries it, with a server that is known to speak DoT: the public resolver of your choice, say.',
  };
}

function nothingLearned(records: readonly ProbeRecord[]): Check {
  const forbidden = records.filter(({ kind }) => kind === 'guard').map(({ address }) => address);
  if (forbidden.length === 0)
    return { what: WHAT, state: 'open', code: 'nothing-learned', text: `nothing learned: ${kindsOf(records)}` };
  const allow = forbidden.map((address) => `--allow ${address}`).join(' ');
  return {
    what: WHAT,
    state: 'open',
    code: 'guard',
    text: `not tried: the guard forbids ${forbidden.join(', ')}, an address for special use or of this machine`,
    advice: `${allow} admits it here; a resolver needs the same: guard: { allow: ['${forbidden.join("', '")}'] }.`,
  };
}

function judgeGood(good: readonly ProbeRecord[]): Check {
  const names = namesOf(good);
  if (good.some(({ authorized }) => authorized === true))
    return { what: WHAT, state: 'well', code: 'open', text: `open outbound: ${names} answered over DoT` };
  return {
    what: WHAT,
    state: 'trouble',
    code: 'untrusted',
    text: `somebody answers, but not with a certificate to trust for ${names}`,
    advice:
      'The clock is wrong, or somebody on the path answers in their place: opportunistic DoT bears that, rules that authenticate do not.',
  };
}

function blocked(records: readonly ProbeRecord[]): Check {
  return {
    what: WHAT,
    state: 'trouble',
    code: 'blocked',
    text: `blocked outbound, if ${namesOf(records)} speaks DoT: it answers over plain DNS, but not on 853 (${kindsOf(records)})`,
    advice:
      'Let TCP to port 853 out of the firewall of this machine and of the network; nothing is encrypted before that. Another --via, of another operator, makes it sure.',
  };
}

function intercepted({ address, phase, kind }: ProbeRecord): Check {
  return {
    what: WHAT,
    state: 'trouble',
    code: 'intercepted',
    text: `somebody on the path takes port 853 for itself: ${address} fails in ${phase} with ${kind}`,
    advice: 'Look for a proxy or a firewall that inspects TLS.',
  };
}

/** Neither 853 nor plain DNS: no firewall for 853 is to blame. */
function unanswered(records: readonly ProbeRecord[], hasNetwork: boolean): Check {
  const text = `neither DoT nor plain DNS was answered (${kindsOf(records)})`;
  if (!hasNetwork)
    return {
      what: WHAT,
      state: 'trouble',
      code: 'offline',
      text: `no path: this machine has no address but loopback, and ${text}`,
      advice: 'Connect it to a network.',
    };
  const silent = records.every(({ kind }) => isWordless(kind as FailureKind));
  return {
    what: WHAT,
    state: 'trouble',
    code: 'no-server',
    text: `no DNS server at ${namesOf(records)}: ${text}`,
    advice: silent
      ? 'The address is wrong, the server is down, or nothing at all gets there from here: name another with --via.'
      : 'A machine is there that serves no DNS: the address is wrong, or its server is down. Name another with --via.',
  };
}

function namesOf(records: readonly ProbeRecord[]): string {
  return records.map(({ address }) => address).join(', ');
}

function kindsOf(records: readonly ProbeRecord[]): string {
  const kinds = records.map(({ phase, kind }) => [phase, kind].filter((word) => word !== null).join(' '));
  return [...new Set(kinds)].join(', ');
}
