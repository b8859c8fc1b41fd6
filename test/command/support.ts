import { setMaxListeners } from 'node:events';
import { type Line, numberedLines } from '../../packages/dotscout-cli/src/input/lines.js';
import type { Names } from '../../packages/dotscout-cli/src/input/names.js';
import { AddressProber } from '../../packages/dotscout-cli/src/look/probe-address.js';
import type { ProbeRecord } from '../../packages/dotscout-cli/src/look/record.js';
import { Pace } from '../../packages/dotscout-cli/src/scan/pace.js';
import { type Candidate, Scan, type ScanOptions } from '../../packages/dotscout-cli/src/scan/scan.js';
import { parseAddress } from '../../src/state/index.js';
import { type ScriptedProbe, ScriptedProber, type ScriptOptions, VirtualClock } from '../../src/testing/index.js';

/** Octets of an input, in pieces. */
export async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text, 'latin1');
}

/** What an input's lines are. */
export async function linesOf(...texts: readonly string[]): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const some of numberedLines(pieces(...texts))) lines.push(...some);
  return lines;
}

/** How a scan under test is to be. */
interface ScanSetting extends Partial<Pick<ScanOptions, 'lines' | 'sink' | 'concurrency' | 'skips'>> {
  readonly script?: ScriptOptions<ScriptedProbe>['script'];
  readonly otherwise?: ScriptedProbe;
  readonly latencyMs?: number;
  readonly rate?: number;
  readonly prefixRate?: number;
  /** Addresses of names; default none. */
  readonly addressesOf?: (name: string) => readonly string[];
  /** Names whose addresses are those of a zone's name servers. */
  readonly zones?: readonly string[];
}

/** A scan under test, and what it has written and told. */
interface ScanUnderTest {
  readonly scan: Scan;
  readonly clock: VirtualClock;
  readonly prober: ScriptedProber;
  readonly written: readonly { readonly line: number; readonly records: readonly ProbeRecord[] }[];
  readonly bad: readonly number[];
  readonly done: number[];
  readonly abort: AbortController;
}

/** A scan in virtual time, with probes that are scripted. */
export function scanOf(setting: ScanSetting): ScanUnderTest {
  const {
    script = {},
    otherwise = 'good',
    latencyMs = 20,
    concurrency = 4,
    rate = 1_000,
    prefixRate = 6_000,
  } = setting;
  const clock = new VirtualClock();
  const prober = new ScriptedProber({ clock, script, otherwise, latencyMs });
  const written: { readonly line: number; readonly records: readonly ProbeRecord[] }[] = [];
  const bad: number[] = [];
  const done: number[] = [];
  const abort = new AbortController();
  // The scripted prober listens once a probe; ours does not.
  setMaxListeners(0, abort.signal);
  const looking = { allow: [], port: 853, do53Port: 53, zone: '.', timeoutMs: 4_000 };
  const names: Names = {
    find: async ({ name }) => ({
      addresses: (setting.addressesOf?.(name) ?? []).map(parseAddress),
      zone: setting.zones?.includes(name) === true ? name : undefined,
    }),
    cancel: () => {},
    close: async () => {},
  };
  const scan = new Scan({
    lines: setting.lines ?? numberedLines(pieces('')),
    skips: setting.skips ?? (() => false),
    looker: new AddressProber(looking, prober),
    names,
    pace: new Pace<Candidate>({ rate, prefixRate }, clock.now()),
    sink: setting.sink ?? {
      write: (records, line) => {
        written.push({ line, records });
        return undefined;
      },
    },
    listener: { bad: (line) => bad.push(line.number), done: (line) => done.push(line.number) },
    clock,
    concurrency,
    signal: abort.signal,
  });
  return { scan, clock, prober, written, bad, done, abort };
}
