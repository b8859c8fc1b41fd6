import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../src/testing/ports.js';
import { findProgram, startDaemon } from './daemon.js';

const HOST = '127.0.0.1';
const PACKAGE = 'prometheus';
const POLL_MS = 100;
const PATIENCE_MS = 60_000;

/** One series of an answer: its labels, and its latest value. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus that scrapes one port every second. */
export interface Prometheus extends AsyncDisposable {
  /**
   * Asks for the value of an expression now.
   *
   * @throws an error with what Prometheus says of an expression that it cannot use
   */
  query(expression: string): Promise<readonly Series[]>;
  /**
   * Waits until an expression has a value of at least so much.
   *
   * @throws an error after a minute, more than the scrapes of a busy machine take
   */
  until(expression: string, atLeast: number): Promise<void>;
  /** The values of a label on the series of a metric. */
  labelValues(metric: string, label: string): Promise<readonly string[]>;
}

/**
 * Starts one on a port and a directory of its own.
 *
 * @param port - of /metrics, on 127.0.0.1
 * @param job - what its series are named by
 */
export async function startPrometheus(port: number, job: string): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-prometheus-'));
  await writeFile(
    join(directory, 'prometheus.yml'),
    `global: { scrape_interval: 1s }
scrape_configs: [{ job_name: ${job}, static_configs: [{ targets: ['${HOST}:${port}'] }] }]
`,
  );
  const own = `${HOST}:${await freePort(HOST)}`;
  const get = async (path: string, parameters: Record<string, string>): Promise<unknown> => {
    const response = await fetch(`http://${own}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, data } = (await response.json()) as { status: string; error?: string; data: unknown };
    if (status !== 'success') throw new Error(`${Object.values(parameters).join(' ')}: ${error}`);
    return data;
  };
  const daemon = await startDaemon({
    program: findProgram('prometheus', PACKAGE),
    args: ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${own}`],
    directory,
    isReady: () =>
      fetch(`http://${own}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  const query = async (expression: string): Promise<readonly Series[]> => {
    const data = (await get('query', { query: expression })) as {
      resultType: string;
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    if (data.resultType !== 'vector') throw new Error(`${expression}: gives a ${data.resultType}`);
    return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
  };
  return {
    query,
    async until(expression, atLeast) {
      const giveUpAt = performance.now() + PATIENCE_MS;
      const valueNow = async () => (await query(expression))[0]?.value ?? Number.NEGATIVE_INFINITY;
      for (let value = await valueNow(); value < atLeast; value = await valueNow()) {
        if (performance.now() > giveUpAt) throw new Error(`${expression}: ${value} after ${PATIENCE_MS} ms`);
        await wait(POLL_MS);
      }
    },
    labelValues: async (metric, label) => (await get(`label/${label}/values`, { 'match[]': metric })) as string[],
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What `promtool check metrics` says of a page of metrics, and its exit status: 0, and nothing, of a page without fault. */
export function checkMetrics(page: string): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(findProgram('promtool', PACKAGE), ['check', 'metrics'], { stdio: 'pipe' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
    child.stdin.end(page);
  });
}
