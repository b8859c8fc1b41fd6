/**
 * A selector's numbers for Prometheus, by way of prom-client, which the host brings along.
 *
 * @packageDocumentation
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import { InvalidInputError } from '../common/errors.js';
import type { Metrics } from '../observe/metrics.js';
import { type Names, requireNames } from '../state/known-names.js';
import { DEFINITIONS, type Definition } from './definitions.js';
import { HistogramReader } from './histogram-reader.js';

export type { Histogram } from '../observe/histogram.js';
export type { Counts, Durations, Metrics } from '../observe/metrics.js';
export type { QueryEnd } from '../observe/names.js';

/** The object whose numbers are collected: a `TransportSelector`, or any other with the same method. */
export interface MetricsSource {
  /** What was done so far, and what is held now. */
  metrics(): Metrics;
}

/** How {@link collectMetrics} names its metrics. */
export interface CollectOptions {
  /**
   * What every name begins with; default `dotscout_`. Letters, digits and `_`, at most 50. A second selector in the same
   * registry needs another one.
   */
  readonly prefix?: string | undefined;
}

const NAMES: Names<CollectOptions> = { prefix: true };

/**
 * Puts a selector's numbers into a registry. They are read when the registry is, and cost nothing in between; names and
 * labels are in `docs/measuring.md`, and are stable. Times are in seconds. Every series whose labels are known exists from the
 * first scrape, with the value 0.
 *
 * @example
 * ```ts
 * const registry = new Registry();
 * collectMetrics(selector, registry);
 * // in the handler of /metrics:
 * response.setHeader('content-type', registry.contentType).end(await registry.metrics());
 * ```
 *
 * @param source - the selector
 * @param registry - where to
 * @param options - names
 * @returns the collectors, so that the host can remove them with `registry.removeSingleMetric`
 * @throws `InvalidInputError` `INVALID_OPTION` for a malformed prefix or an unknown option; prom-client's error where a name is taken,
 *   and then nothing is registered
 */
export function collectMetrics(
  source: MetricsSource,
  registry: Registry,
  options: CollectOptions = {},
): readonly (Counter | Gauge)[] {
  requireNames('INVALID_OPTION', options, NAMES);
  const { prefix = 'dotscout_' } = options;
  if (typeof prefix !== 'string' || !/^[a-zA-Z_][a-zA-Z0-9_]{0,49}$/.test(prefix)) {
    throw new InvalidInputError('INVALID_OPTION', prefix, 'prefix: 1 to 50 letters, digits and _');
  }
  const collectors: (Counter | Gauge)[] = [];
  try {
    for (const definition of DEFINITIONS) collectors.push(collector(definition, source, registry, prefix));
  } catch (error) {
    // All or none: what is left behind would make every later call fail as well.
    for (const definition of DEFINITIONS.slice(0, collectors.length))
      registry.removeSingleMetric(`${prefix}${definition.name}`);
    throw error;
  }
  return collectors;
}

function collector(definition: Definition, source: MetricsSource, registry: Registry, prefix: string): Counter | Gauge {
  const { name, help, labels, type } = definition;
  const configuration = { name: `${prefix}${name}`, help, labelNames: [...labels], registers: [registry] };
  if (type === 'histogram') return new HistogramReader(configuration, definition, () => source.metrics());
  const Kind = type === 'counter' ? Counter : Gauge;
  return new Kind({
    ...configuration,
    collect() {
      this.reset();
      for (const [values, value] of definition.read(source.metrics())) this.inc({ ...values }, value);
    },
  });
}
