import type { Observation, SeenConnection, SeenQuery } from '../sheet/observation.js';

/** So many signs of a phase are written; the rest is counted. */
const SHOWN = 12;
const MANY_SERVERS = 2;

/**
 * A summary of what reached the servers, phase by phase and in its order: `C` a connection to port 853 without TLS, `H` one
 * with a full handshake, `R` a resumed one; `D` a query over DoT, `p` one that no client asked for; `u` and `t` over UDP and TCP.
 * What comes several times in a row has its number before it.
 */
export function packetsOf(observation: Observation): string {
  const names = new Set(observation.phases.flatMap(({ asked }) => asked.map(({ name }) => name)));
  const servers = new Set([...observation.queries, ...observation.connections].map(({ server }) => server));
  const mark = (sign: string, server: string): string => (servers.size < MANY_SERVERS ? sign : `${sign}(${server})`);
  const events = [
    ...observation.connections.map((one) => ({ at: one.at, sign: mark(signOfConnection(one), one.server) })),
    ...observation.queries.map((one) => ({ at: one.at, sign: mark(signOfQuery(one, names), one.server) })),
  ].sort((a, b) => a.at - b.at);
  return observation.phases
    .map(({ name, from, to, asked }) => {
      const signs = events.filter(({ at }) => at >= from && at < to).map(({ sign }) => sign);
      const rcodes = [...new Set(asked.map(({ rcode }) => (rcode < 0 ? 'none' : `${rcode}`)))].sort();
      return `${name} [${runs(signs).join(' ')}] rcodes ${rcodes.join(', ')}`;
    })
    .join('; ');
}

function signOfConnection({ isSecure, isResumed }: SeenConnection): string {
  if (!isSecure) return 'C';
  return isResumed ? 'R' : 'H';
}

function signOfQuery({ transport, name }: SeenQuery, asked: ReadonlySet<string>): string {
  if (transport === 'dot') return asked.has(name) ? 'D' : 'p';
  return transport === 'udp' ? 'u' : 't';
}

function runs(signs: readonly string[]): string[] {
  const counted: { sign: string; count: number }[] = [];
  for (const sign of signs) {
    const last = counted.at(-1);
    if (last?.sign === sign) last.count += 1;
    else counted.push({ sign, count: 1 });
  }
  const words = counted.map(({ sign, count }) => (count === 1 ? sign : `${count}${sign}`));
  return words.length <= SHOWN ? words : [...words.slice(0, SHOWN), `… ${words.length - SHOWN} more`];
}
