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

Every fault of a DoT server, of the path to it and of our own side that we know how to bring about; what a probe makes of
it; and what becomes of a query. Each of them is brought about on real sockets, over IPv4 and over IPv6. Time is virtual and
the policy is the default one; only behind a firewall, in a network namespace, it is the system's time, and the policy waits
less for a second look and longer for a first connection, whose ICMPv6 errors come late over loopback.
`;

const LEGEND = `
## How to read it

**A probe** looks at an endpoint of which nothing is known, while the server answers over Do53, on a network where DoT has
worked. First what it met, phase and kind as in the events; then the verdict. Bad: no connection to the port for that long;
for an hour, doubling, where TLS met silence or a close, as at a server that has no room for another connection.

**A query** goes to an endpoint that was Good, with the session open when the fault begins, or with none; its server answers
over Do53 unless the row says otherwise. First what the attempt over DoT met; then what answered the caller, and how fast:

- *at once*: without waiting for any timer of ours.
- *after the hedge delay*: DoT had said nothing until then (250 ms to 1 s on an open session, 500 ms to 1.5 s where one had to
  be opened), and Do53, asked beside it, answered.
- *late*: within the caller's 5 s, because nothing better came before.

What was met over DoT may be *local*: no evidence, for it is our own doing. Our own trouble is, and so is a query that was taken
back before it was written, because Do53 had answered.

Last the verdict, when the probes have ended that a failure brings about within seconds: *stays Good*, or *then Bad* once
they confirmed it. A single failure demotes nobody, except where the row says *at once Bad*: an idle session had shown the
fault before. What was Good is tried again after 60 s, doubling.

*–*: the fault cannot occur there: an open session has its handshake behind it, and needs no new socket of ours.

**To regenerate**: \`npx vitest run --project unit test/faults -u\`, and read the difference. The test fails where this page
differs from what was run, or a row from what it expects.
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
