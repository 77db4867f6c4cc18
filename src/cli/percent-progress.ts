// How far something with a known end is: a bar on a terminal, nothing elsewhere.

import type { Io } from './io.ts';

export interface PercentProgress {
  update(done: number, total: number): void;
  /** May be called more than once. */
  finish(): void;
}

export async function percentProgress(io: Io, what: string): Promise<PercentProgress> {
  if (io.stderr.isTTY !== true) return { update: () => undefined, finish: () => undefined };
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    stream: io.stderr as NodeJS.WriteStream, format: `${what} {bar} {percentage}% · {eta_formatted} left`, barCompleteChar: '█', barIncompleteChar: '░',
    barsize: 24, hideCursor: true, clearOnComplete: true, gracefulExit: false, fps: 8,
  });
  let isOn = false;
  return {
    update(done, total) {
      if (!isOn) bar.start(total, 0);
      isOn = true;
      bar.setTotal(total);
      bar.update(done);
    },
    finish() {
      if (isOn) bar.stop();
      isOn = false;
    },
  };
}
