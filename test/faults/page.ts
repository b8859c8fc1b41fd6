import { GROUPS, type Group, type LiveOutcome, MODES, type ProbeOutcome, type Row } from './matrix.js';

/** A row with what came of it; what was not run here is as the row expects. */
export interface Shown {
  readonly row: Row;
  readonly probe?: ProbeOutcome | undefined;
  readonly none?: LiveOutcome | undefined;
  readonly open?: LiveOutcome | undefined;
}

const HEAD = `<!-- Generated: npx vitest run --project unit test/faults -u -->

# What a fault does

This page has every fault that we can cause: in a DoT server, on the path to it, and on our own side. It says what a probe finds
and what happens to a query. A test causes each fault on real sockets, over IPv4 and over IPv6. Time is virtual, and the policy
is the default. Faults behind a firewall, in a network namespace, are the exception. Their time is the system's time. Their policy
waits less for a second look, and longer for a first connection, because ICMPv6 errors come late over loopback.
`;

const LEGEND = `
## How to read it

**A probe** looks at an unknown endpoint. The server answers over Do53, and DoT has worked on this network. The cell first says
what the probe met: phase and kind, as in the events. Then it says the verdict. Bad: dotscout does not connect to the port for that
long. If TLS met silence or a close, that is an hour, doubling, because the server may have no room for another connection.

**A query** goes to an endpoint that was Good. The fault begins while a session is open, or while none is. The server answers over
Do53 unless the row says otherwise. The cell first says what the attempt over DoT met, then what answered the caller, and how fast:

- *at once*: without waiting for a timer.
- *after the hedge delay*: DoT had said nothing until then (250 ms to 1 s on an open session, 500 ms to 1.5 s if one had to be
  opened). Then the query went out over Do53 as well, and Do53 answered.
- *late*: within the caller's 5 s, because nothing better came before.

The failure over DoT may be *local*. It is no evidence, because its cause is on our own side: trouble of this machine, or a query
that was taken back before it was written, because Do53 had answered.

Last comes the verdict. A failure causes probes within seconds, and the verdict is from after them: *stays Good*, or *then Bad* if
they confirmed the failure. A single failure does not demote an endpoint, except where the row says *at once Bad*: there, an idle
session had shown the fault before. dotscout tries a demoted endpoint again after 60 s, doubling.

*–*: the fault cannot occur there. An open session has completed its handshake and needs no new socket.

**To regenerate**: \`npx vitest run --project unit test/faults -u\`, and read the difference. The test fails if this page
differs from the run, or if a row differs from what it expects.
`;

/** The page for people: one table a group. */
export function pageOf(shown: ReadonlyMap<Group, readonly Shown[]>): string {
  const all = [...shown.values()].flat();
  const runs = all.flatMap((one) => MODES.filter((mode) => one[mode] !== undefined)).length;
  const summary = `\n${all.length} faults, ${runs} outcomes, each over both families.\n`;
  const failed = all.filter(({ none, open }) => none?.by === 'nobody' || open?.by === 'nobody').length;
  const failures = `Queries that failed: ${failed}.\n`;
  return [HEAD, summary, failures, LEGEND, ...GROUPS.map((group) => tableOf(group, shown.get(group) ?? []))].join('');
}

function tableOf(group: Group, shown: readonly Shown[]): string {
  const title = group[0]?.toUpperCase() + group.slice(1);
  const lines = shown.map(({ row, probe, none, open }) => {
    const cells = [row.does, probeCell(probe), liveCell(none), liveCell(open)];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  });
  const head = '| Fault | Probe | Query, no session | Query, session open |\n|---|---|---|---|\n';
  return `\n## ${title}\n\n${head}${lines.join('')}`;
}

function probeCell(outcome: ProbeOutcome | undefined): string {
  if (outcome === undefined) return '–';
  const { shown, verdict, rest } = outcome;
  return `${shown}: **${verdict}**${rest === undefined ? '' : ` for ${rest}`}`;
}

function liveCell(outcome: LiveOutcome | undefined): string {
  if (outcome === undefined) return '–';
  const { shown, by, speed, after, later } = outcome;
  const answered = by === 'nobody' ? '**not answered**' : `${by} ${speed}`;
  const verdict = after !== later ? `then ${later}` : later === 'Good' ? 'stays Good' : `at once ${later}`;
  return `${shown}: **${answered}**, ${verdict}`;
}
