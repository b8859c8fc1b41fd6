import { FEEL_QUERIES, feelServersInWords } from '../sheet/feel.js';
import { DISTURBED_MS, MOST_LATE_MS } from '../sheet/figures.js';
import { PATIENCE_MS } from '../sheet/observation.js';
import { procedureOf } from '../sheet/procedure.js';
import type { Scenario } from '../sheet/scenario.js';
import { boundsInWords, expectationsOf } from '../sheet/verdict.js';
import { feelRows } from './feel.js';
import { resultOf, type ScenarioResult, type Sheet } from './result.js';
import { reasonsOf, summaryOf } from './table.js';

/** The round trip to every server of the runs that a page shows, in milliseconds. */
export const PAGE_RTT_MS = 20;

/** What is written of a reason at most, and how much of that is its beginning, in characters. */
const WHY_WIDTH = 200;
const WHY_HEAD = 29;

const HEAD = `<!-- Generated: npm run conformance -- --write docs -->

# How resolvers fare

What resolvers make of authoritative servers that speak DNS over TLS (DoT) well, badly, and no longer, seen from outside: by their clients,
and by the servers. Each scenario says what must happen, and where that is written or follows from. A resolver that fails one may
have good reasons, and another version may not: this is one run, of the versions named.

`;

const LEGEND = `
## What failed, and what was seen

The first lines have the figures that are out of their bounds. The last has what reached the servers, phase by phase: \`C\` a connection to
port 853 without TLS, \`H\` one with a full handshake, \`R\` a resumed one; \`D\` a client's query over DoT, \`p\` one that no client
asked for (a probe); \`u\` and \`t\` queries over UDP and TCP; a number before it says how many in a row. Then the response codes that clients got.

Beside each resolver one without DoT is asked at the same moments. What that waits for longer than usual is the machine: up to ${MOST_LATE_MS} ms
of it do not count in the slowest client query, and a scenario that fails while it is over ${DISTURBED_MS} ms is tried again, up to three times.
`;

/**
 * The page of a run: the table, what failed and why, and how each scenario is brought about.
 *
 * @param scenarios - those that were run
 * @param sheets - of each resolver
 */
export function markdownOf(scenarios: readonly Scenario[], sheets: readonly Sheet[]): string {
  return [
    HEAD,
    sheets.map((sheet) => `- ${summaryOf(sheet)}\n`).join(''),
    '\n',
    table(
      ['', 'What must happen', 'Source', ...sheets.map(({ resolver }) => resolver)],
      scenarios.map(({ id, text, source }) => [
        id,
        text,
        source,
        ...sheets.map((sheet) => cellOf(resultOf(sheet, id))),
      ]),
    ),
    LEGEND,
    ...sheets.map(failsOf),
    feelSection(sheets),
    '\n## How each is brought about\n\n',
    `Every try has a fresh resolver and fresh servers, ${PAGE_RTT_MS} ms away. Words in \`this type\` are behaviours of \`dotscout/testing\`.\n\n`,
    table(
      ['', 'Procedure', 'Passes with'],
      scenarios.map((scenario) => [scenario.id, procedureOf(scenario) + triesOf(scenario), boundsOf(scenario)]),
    ),
  ].join('');
}

/** What clients feel; nothing where that was not measured. */
function feelSection(sheets: readonly Sheet[]): string {
  const [head, ...rows] = feelRows(sheets);
  if (head === undefined) return '';
  const { count, everyMs } = FEEL_QUERIES;
  return `
## What clients feel

With encryption off and on, both at once: ${count} queries, one every ${everyMs} ms, for fresh names in zones by Zipf's law. There are
${feelServersInWords()}. Until its
answer, or ${PATIENCE_MS} ms. Encrypted: of the queries for zones of those that speak DoT. Connections: to the port 853 of those.

${table(head, rows)}`;
}

function failsOf(sheet: Sheet): string {
  const others = sheet.results.filter(({ verdict }) => verdict !== 'pass');
  if (others.length === 0) return `\n### ${sheet.title}\n\nNothing.\n`;
  const paragraphs = others.map((result) => {
    const why = result.why === undefined ? undefined : shortened(result.why);
    const reasons = reasonsOf({ ...result, why });
    const lines = reasons.map((reason) => `  - ${reason.replace(/^seen: (.*)$/s, 'seen: `$1`')}\n`);
    return `- ${result.id}: ${result.verdict}\n${lines.join('')}`;
  });
  return `\n### ${sheet.title}\n\n${paragraphs.join('')}`;
}

/** In one line: of a resolver’s own output what it said last. */
function shortened(why: string): string {
  const line = why.replaceAll(/\s+/g, ' ');
  return line.length <= WHY_WIDTH ? line : `${line.slice(0, WHY_HEAD)}… ${line.slice(WHY_HEAD - WHY_WIDTH)}`;
}

function cellOf(result: ScenarioResult | undefined): string {
  if (result === undefined) return 'not run';
  return result.verdict === 'fail' ? '**fail**' : result.verdict;
}

function triesOf({ tries = 1 }: Scenario): string {
  return tries === 1 ? '' : `; ${tries} tries, of which most decide`;
}

function boundsOf(scenario: Scenario): string {
  return expectationsOf(scenario).map(boundsInWords).join('; ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}
