import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { LoopBeat } from '../support/loop-beat.js';
import { canNamespace } from '../support/namespace.js';
import { whyVoid } from '../support/stall.js';
import { runBehindFirewall } from './firewall.js';
import { GROUPS, type Group, type LiveOutcome, MODES, type Mode, type ProbeOutcome, type Row } from './matrix.js';
import { pageOf } from './page.js';
import { answerRows } from './rows-answer.js';
import { connectRows } from './rows-connect.js';
import { handshakeRows } from './rows-handshake.js';
import { ownRows } from './rows-own.js';
import { run, spanOf } from './run.js';

/** How many scenes are played at once. */
const AT_ONCE = 48;
/** How often one is played whose loop stood still. */
const MOST_TRIES = 5;

const ROWS: Readonly<Record<Group, readonly Row[]>> = {
  connect: connectRows,
  handshake: handshakeRows,
  answer: answerRows,
  'our own trouble': ownRows,
};
const ALL = Object.values(ROWS).flat();

type Outcome = ProbeOutcome | LiveOutcome;
/** What came of a row, by how it was run and over which family. */
type Outcomes = Map<Mode, Map<string, Outcome | Error>>;

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const ADDRESSES = hasIPv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
const whyNoFirewall = canNamespace();

const outcomes = new Map<Row, Outcomes>(ALL.map((row) => [row, new Map(MODES.map((mode) => [mode, new Map()]))]));

function note(row: Row, mode: Mode, address: string, outcome: Outcome | Error): void {
  outcomes.get(row)?.get(mode)?.set(address, outcome);
}

/** Whether an outcome that is not the row's counts for nothing, since its loop stood still; says so. */
function isVoid(row: Row, mode: Mode, outcome: Outcome | Error, stoodMs: number): boolean {
  if (isDeepStrictEqual(outcome, row[mode])) return false;
  const why = whyVoid(true, stoodMs, 0);
  if (why !== undefined) console.log(`${row.does}, ${mode}: ${why}; once more`);
  return why !== undefined;
}

async function runLocal(): Promise<void> {
  const jobs = ALL.flatMap((row) => MODES.flatMap((mode) => ADDRESSES.map((address) => ({ row, mode, address }))));
  const left = jobs.values();
  const worker = async (): Promise<void> => {
    for (const { row, mode, address } of left) {
      const { make } = row;
      if (make.kind === 'firewall' || row[mode] === undefined) continue;
      for (let tries = 1; tries <= MOST_TRIES; tries++) {
        const beat = new LoopBeat();
        using _ = beat.start();
        const outcome = await run(row, make, mode, address).catch((error: Error) => error);
        note(row, mode, address, outcome);
        if (!isVoid(row, mode, outcome, beat.take())) break;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function runFirewalled(): Promise<void> {
  let rows = ALL.filter(({ make }) => make.kind === 'firewall');
  for (let tries = 1; tries <= MOST_TRIES && rows.length > 0; tries++) {
    const { runs, stoodMs } = await runBehindFirewall(rows, ADDRESSES);
    const again = new Set<Row>();
    for (const { index, address, mode, outcome } of runs) {
      const { restMs, ...told } = outcome as Outcome & { restMs?: number };
      const row = rows[index];
      if (row === undefined) continue;
      const shown = restMs === undefined ? told : { ...told, rest: spanOf(restMs) };
      note(row, mode, address, shown as Outcome);
      if (isVoid(row, mode, shown as Outcome, stoodMs)) again.add(row);
    }
    rows = [...again];
  }
}

beforeAll(async () => {
  await runLocal();
  // Not beside the others: it runs on the system's clock, and what they compute would be its silence.
  if (whyNoFirewall === undefined) await runFirewalled();
});

/** Whether a row was run here. */
const isRun = ({ make }: Row): boolean => make.kind !== 'firewall' || whyNoFirewall === undefined;

/** What a row expects, over each family. */
function expectedOf(row: Row): object {
  const over = (outcome: Outcome | undefined) =>
    outcome === undefined ? {} : Object.fromEntries(ADDRESSES.map((address) => [address, outcome]));
  return Object.fromEntries(MODES.map((mode) => [mode, over(row[mode])]));
}

function recordedOf(row: Row): object {
  return Object.fromEntries([...(outcomes.get(row) ?? [])].map(([mode, over]) => [mode, Object.fromEntries(over)]));
}

describe.each(GROUPS)('%s', (group) => {
  const titled = ROWS[group].map((row) => [row.id === undefined ? row.does : `${row.id} ${row.does}`, row] as const);

  test.each(titled.filter(([, row]) => isRun(row)))('%s', (_title, row) => {
    expect(recordedOf(row)).toEqual(expectedOf(row));
  });
});

/** The first family's outcome: the others are the same, or their row has failed. */
function firstOf<T extends Outcome>(row: Row, mode: Mode): T | undefined {
  if (!isRun(row)) return row[mode] as T | undefined;
  const [first] = outcomes.get(row)?.get(mode)?.values() ?? [];
  if (first instanceof Error) throw first;
  return first as T | undefined;
}

test('docs/faults.md shows what was run', async () => {
  const shown = GROUPS.map((group) => {
    const rows = ROWS[group].map((row) => ({
      row,
      probe: firstOf<ProbeOutcome>(row, 'probe'),
      none: firstOf<LiveOutcome>(row, 'none'),
      open: firstOf<LiveOutcome>(row, 'open'),
    }));
    return [group, rows] as const;
  });
  await expect(pageOf(new Map(shown))).toMatchFileSnapshot(resolve('docs/faults.md'));
});

test('no query fails where the rule allows clear text', () => {
  const live = ALL.flatMap((row) => [firstOf<LiveOutcome>(row, 'none'), firstOf<LiveOutcome>(row, 'open')]);
  expect(live.filter((outcome) => outcome?.by === 'nobody')).toEqual([]);
  expect(ALL.length).toBeGreaterThanOrEqual(60);
});

test(`faults are tried over IPv6 too${hasIPv6 ? '' : ': NOT HERE, this machine has no ::1'}`, () => {
  expect(ADDRESSES).toHaveLength(hasIPv6 ? 2 : 1);
});

test(`faults are tried behind a firewall${whyNoFirewall === undefined ? '' : `: NOT HERE: ${whyNoFirewall}`}`, () => {
  // Whoever runs this where it must not be missing sets DOTSCOUT_NAMESPACE=required.
  if (process.env.DOTSCOUT_NAMESPACE === 'required') expect(whyNoFirewall).toBeUndefined();
  expect(ALL.some((row) => row.make.kind === 'firewall')).toBe(true);
});
