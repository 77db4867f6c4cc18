// What follows a growing file beside ours, from outside: each in a process of its own, as the daemon is.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { sharedClockMs } from '../support/clock.ts';

export const LIVE_PEERS = {
  watch: 'directory watch and one read',
  chokidar: 'chokidar and one read',
  ws: 'directory watch, one read, ws send',
} as const;

export type LiveKind = keyof typeof LIVE_PEERS;

/** Of each line by its uuid, when it was there. */
export interface LiveReport {
  arrivals: [string, number][];
}

export class LivePeer {
  readonly #child: ChildProcess;
  /** Null where the peer itself is the end of the way. */
  readonly #received: Map<string, number> | null;

  private constructor(child: ChildProcess, received: Map<string, number> | null) {
    this.#child = child;
    this.#received = received;
  }

  static async start(kind: LiveKind, path: string): Promise<LivePeer> {
    const child = fork(fileURLToPath(new URL('live-worker.ts', import.meta.url)), [kind, path], { execArgv: ['--import', 'tsx'] });
    const [port] = (await once(child, 'message')) as [number];
    return new LivePeer(child, port === 0 ? null : await receive(port));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async arrivals(): Promise<Map<string, number>> {
    if (this.#received !== null) return this.#received;
    this.#child.send('report');
    const [report] = (await once(this.#child, 'message')) as [LiveReport];
    return new Map(report.arrivals);
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}

async function receive(port: number): Promise<Map<string, number>> {
  const received = new Map<string, number>();
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  socket.on('message', (data) => {
    const now = sharedClockMs();
    received.set((JSON.parse(String(data)) as { data: { uuid: string } }).data.uuid, now);
  });
  // The peer's end takes the connection with it.
  socket.on('error', () => {});
  await once(socket, 'open');
  return received;
}
