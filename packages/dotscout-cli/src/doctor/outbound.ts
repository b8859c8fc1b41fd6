import type { ProbeRecord } from '../look/record.js';
import type { Check } from './check.js';

const WHAT = 'port 853';

/**
 * Whether DoT gets out of here, by how servers that are known to speak it were met.
 *
 * @param records - a probe each; none where no server was named
 */
export function judgeOutbound(records: readonly ProbeRecord[]): Check {
  if (records.length === 0) return untried();
  const good = records.filter(({ verdict }) => verdict === 'good');
  if (good.length > 0) return judgeGood(good);
  const failed = records.filter(({ verdict }) => verdict === 'bad');
  if (failed.length === 0) return { what: WHAT, state: 'open', text: `nothing learned: ${kindsOf(records)}` };
  const controlled = failed.filter(({ controlled }) => controlled === true);
  if (controlled.length === 0) return offline(failed);
  const spoken = controlled.find(({ phase }) => phase !== 'connect');
  if (spoken !== undefined && spoken.kind !== 'silent') return intercepted(spoken);
  return blocked(controlled);
}

/** Whom to contact is for people to say: a look at one's own machine tells no stranger of it. */
function untried(): Check {
  return {
    what: WHAT,
    state: 'open',
    text: 'not tried: nobody is contacted unless you name a server',
    advice:
      '--via ADDRESS tries it, with a server that is known to speak DoT: the public resolver of your choice, say.',
  };
}

function judgeGood(good: readonly ProbeRecord[]): Check {
  const names = good.map(({ address }) => address).join(', ');
  if (good.some(({ authorized }) => authorized === true))
    return { what: WHAT, state: 'well', text: `open outbound: ${names} answered over DoT` };
  return {
    what: WHAT,
    state: 'trouble',
    text: `somebody answers, but not with a certificate to trust for ${names}`,
    advice:
      'The clock is wrong, or somebody on the path answers in their place: opportunistic DoT bears that, rules that authenticate do not.',
  };
}

function blocked(records: readonly ProbeRecord[]): Check {
  return {
    what: WHAT,
    state: 'trouble',
    text: `blocked outbound: servers that speak DoT are not reached there (${kindsOf(records)}), and our path is up`,
    advice:
      'Let TCP to port 853 out of the firewall of this machine and of the network; nothing is encrypted before that.',
  };
}

function intercepted({ address, phase, kind }: ProbeRecord): Check {
  return {
    what: WHAT,
    state: 'trouble',
    text: `somebody on the path takes port 853 for itself: ${address} fails in ${phase} with ${kind}`,
    advice: 'Look for a proxy or a firewall that inspects TLS.',
  };
}

function offline(records: readonly ProbeRecord[]): Check {
  return {
    what: WHAT,
    state: 'trouble',
    text: `no path: neither DoT nor plain DNS was answered (${kindsOf(records)})`,
    advice: 'This machine is offline, or these addresses are blocked: name others with --via.',
  };
}

function kindsOf(records: readonly ProbeRecord[]): string {
  const kinds = records.map(({ phase, kind }) => [phase, kind].filter((word) => word !== null).join(' '));
  return [...new Set(kinds)].join(', ');
}
