import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../test/support/daemon.js';
import { ZONE } from './queries.js';
import type { Place } from './raw-dot.js';

const run = promisify(execFile);
const NAMES = 1_000;
const SECONDS = 1;

/**
 * What dnsperf gets through one connection.
 *
 * @param place - the server
 * @param window - how many queries it keeps in flight
 * @returns answers a second
 */
export async function dnsperf({ address, dotPort }: Place, window: number): Promise<number> {
  const program = findProgram('dnsperf', 'dnsperf');
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-dnsperf-'));
  try {
    const file = join(directory, 'queries');
    await writeFile(file, Array.from({ length: NAMES }, (_, index) => `host${index}.${ZONE} A\n`).join(''));
    const where = ['-m', 'dot', '-s', address, '-p', `${dotPort}`];
    const how = ['-d', file, '-c', '1', '-q', `${window}`, '-l', `${SECONDS}`];
    const { stdout } = await run(program, [...where, ...how]);
    return rateIn(stdout);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Reads the rate in dnsperf's report. */
export function rateIn(report: string): number {
  const [, rate] = /^\s*Queries per second:\s+([\d.]+)/m.exec(report) ?? [];
  if (rate === undefined) throw new Error(`dnsperf told no rate: ${report}`);
  return Number(rate);
}
