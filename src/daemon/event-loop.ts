// How late timers come. Measuring takes a timer of its own, so it runs only while somebody asks something
// of the daemon: one that rests stays at rest.

import { monitorEventLoopDelay, performance, type IntervalHistogram } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const QUIET_MS = 10_000;

export class EventLoopWatch {
  private histogram: IntervalHistogram | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** Something is asked; cheap. */
  stir(): void {
    if (this.timer !== null) return void this.timer.refresh();
    this.histogram ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.histogram.enable();
    this.timer = setTimeout(() => this.close(), QUIET_MS);
    this.timer.unref();
  }

  get state(): { delay_p50_ms: number; delay_p99_ms: number; delay_max_ms: number; utilization: number } {
    const late = (ns: number): number => Math.max(0, Math.round((ns / 1e6 - RESOLUTION_MS) * 1000) / 1000);
    const { histogram } = this;
    const measured = histogram === null || histogram.count === 0 ? null : histogram;
    return {
      delay_p50_ms: measured === null ? 0 : late(measured.percentile(50)),
      delay_p99_ms: measured === null ? 0 : late(measured.percentile(99)),
      delay_max_ms: measured === null ? 0 : late(measured.max),
      utilization: performance.eventLoopUtilization().utilization || 0,
    };
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.histogram?.disable();
  }
}
