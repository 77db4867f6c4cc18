// How far a first index is: a bar with MB/s and time left on a terminal, elsewhere a plain line every
// few seconds.

import type { SingleBar } from 'cli-progress';
import type { IndexProgress, ProgressSink } from '../daemon/port.ts';
import { bytes, count, duration, rate } from './humanize.ts';
import type { Io } from './io.ts';
import { say } from './io.ts';

const LINE_EVERY_MS = 5000;
/** Weight of the newest second in the shown speed. */
const SMOOTHING = 0.3;

export async function indexProgress(io: Io): Promise<ProgressSink> {
  return io.stderr.isTTY === true ? barProgress(io) : lineProgress(io);
}

/** Speed over the last seconds rather than since the start: a pause shows, and is forgotten. */
export class SpeedMeter {
  #bytesPerSecond = 0;
  #lastMs: number;
  #lastBytes: number;

  constructor(nowMs: number, startBytes: number) {
    this.#lastMs = nowMs;
    this.#lastBytes = startBytes;
  }

  update(nowMs: number, doneBytes: number): number {
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs < 250) return this.#bytesPerSecond;
    const now = ((doneBytes - this.#lastBytes) * 1000) / elapsedMs;
    const weight = this.#bytesPerSecond === 0 ? 1 : 1 - (1 - SMOOTHING) ** (elapsedMs / 1000);
    this.#bytesPerSecond += (Math.max(0, now) - this.#bytesPerSecond) * weight;
    this.#lastMs = nowMs;
    this.#lastBytes = doneBytes;
    return this.#bytesPerSecond;
  }
}

function lineProgress(io: Io): ProgressSink {
  let last: IndexProgress | undefined;
  let meter: SpeedMeter | undefined;
  let shownMs = io.now();
  return {
    update(progress) {
      const nowMs = io.now();
      last = progress;
      meter ??= new SpeedMeter(nowMs, progress.bytesDone);
      const speed = meter.update(nowMs, progress.bytesDone);
      if (nowMs - shownMs < LINE_EVERY_MS) return;
      shownMs = nowMs;
      say(io, `Indexing: ${progressText(progress, speed)}`);
    },
    finish() {
      tellWhatWasRead(io, last);
      last = undefined;
    },
  };
}

async function barProgress(io: Io): Promise<ProgressSink> {
  const { default: cliProgress } = await import('cli-progress');
  let last: IndexProgress | undefined;
  let bar: SingleBar | undefined;
  let meter: SpeedMeter | undefined;
  return {
    update(progress) {
      last = progress;
      if (bar === undefined && progress.bytesDone >= progress.bytesTotal) return;
      const nowMs = io.now();
      meter ??= new SpeedMeter(nowMs, progress.bytesDone);
      const text = progressText(progress, meter.update(nowMs, progress.bytesDone));
      if (bar === undefined) {
        bar = new cliProgress.SingleBar({
          stream: io.stderr as NodeJS.WriteStream, format: 'Indexing {bar} {percentage}% · {text}', barCompleteChar: '█', barIncompleteChar: '░',
          barsize: 24, hideCursor: true, clearOnComplete: true, gracefulExit: false, fps: 8,
        });
        bar.start(progress.bytesTotal, progress.bytesDone, { text });
      }
      bar.setTotal(progress.bytesTotal);
      bar.update(Math.min(progress.bytesDone, progress.bytesTotal), { text });
    },
    finish() {
      bar?.stop();
      bar = undefined;
      meter = undefined;
      tellWhatWasRead(io, last);
      last = undefined;
    },
  };
}

/** Once, at the end. */
function tellWhatWasRead(io: Io, last: IndexProgress | undefined): void {
  if (last === undefined || last.bytesDone <= last.bytesBefore) return;
  say(io, `Indexed ${bytes(last.bytesDone - last.bytesBefore)} in ${duration(last.elapsedMs)}.`);
}

export function progressText(progress: Omit<IndexProgress, 'bytesBefore' | 'elapsedMs'>, bytesPerSecond: number): string {
  const left = progress.bytesTotal - progress.bytesDone;
  const parts = [
    `${bytes(progress.bytesDone)} of ${bytes(progress.bytesTotal)}`,
    `${count(progress.filesDone)} of ${count(progress.filesTotal)} files`,
  ];
  if (bytesPerSecond > 0) parts.push(rate(bytesPerSecond), `${duration((left / bytesPerSecond) * 1000)} left`);
  return parts.join(' · ');
}
