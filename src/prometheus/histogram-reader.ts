import { Gauge, type MetricType } from 'prom-client';
import type { Metrics } from '../observe/metrics.js';
import type { HistogramDefinition } from './definitions.js';

/** What prom-client calls the type. Its types have numbers for these words. */
const HISTOGRAM = 'histogram' as unknown as MetricType;

const MS = 1_000;

/** What prom-client asks a metric for. */
type Values = Awaited<ReturnType<Gauge['get']>>;

/**
 * A histogram of counts that were made elsewhere. prom-client's own takes observations one by one and no counts; what a
 * registry asks of a metric is `get`, and a gauge's can say anything.
 */
export class HistogramReader extends Gauge {
  readonly #values: () => Values['values'];

  /**
   * @param configuration - name, help, labels and registry
   * @param definition - where the histogram is
   * @param metrics - reads the numbers
   */
  constructor(
    configuration: ConstructorParameters<typeof Gauge>[0],
    { read }: HistogramDefinition,
    metrics: () => Metrics,
  ) {
    super(configuration);
    const { name } = configuration;
    this.#values = () =>
      read(metrics()).flatMap(([labels, { count, sum, bounds, counts }]) => {
        let below = 0;
        const buckets = [...bounds.map((bound) => bound / MS), '+Inf'].map((le, index) => {
          below += counts[index] ?? 0;
          return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
        });
        return [
          ...buckets,
          { metricName: `${name}_sum`, labels, value: sum / MS },
          { metricName: `${name}_count`, labels, value: count },
        ];
      });
  }

  /** What a registry shows: cumulative buckets, sum and count, in seconds. */
  override async get(): Promise<Values> {
    return { ...(await super.get()), type: HISTOGRAM, values: this.#values() };
  }
}
