// Metrics whose values somebody else keeps: asked for when they are scraped, so that they cost nothing
// until then.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export class MetricTeller {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  gauge(name: string, help: string, value: () => number): void {
    this.#registry.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(value()); } }));
  }

  counter(name: string, help: string, value: () => number): void {
    this.#registry.registerMetric(new Counter({
      name, help, registers: [],
      collect() {
        this.reset();
        this.inc(value());
      },
    }));
  }

  /** By the values of one label, which are few. */
  labelled(name: string, help: string, label: string, values: () => ReadonlyMap<string, number>): void {
    this.#registry.registerMetric(new Gauge({
      name, help, labelNames: [label], registers: [],
      collect() { for (const [of, value] of values()) this.set({ [label]: of }, value); },
    }));
  }

  /** Of seconds; observed by who measures. */
  histogram<L extends string>(name: string, help: string, buckets: number[], labelNames: L[] = []): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.#registry] });
  }
}
