// A WebSocket client for black-box tests: frames as parsed JSON, in order of arrival.

import { WebSocket } from 'ws';
import type { Daemon } from './daemon.ts';
import { until } from './daemon.ts';

export type Frame = Record<string, unknown> & { type: string };

export class LiveClient {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  closeCode: number | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.frames.push(JSON.parse(String(data)) as Frame));
    socket.on('close', (code) => (this.closeCode = code));
    socket.on('error', () => undefined);
  }

  /** Connected and greeted. */
  static async open(daemon: Daemon): Promise<LiveClient> {
    const client = new LiveClient(new WebSocket(`${daemon.url.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${daemon.token}` } }));
    await client.waitFor((frame) => frame.type === 'hello');
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Subscribes and waits for the answer. */
  async subscribe(options: Record<string, unknown> = {}): Promise<Frame> {
    const id = String(options['id'] ?? 's1');
    this.send({ type: 'subscribe', id, ...options });
    return this.waitFor((frame) => (frame.type === 'subscribed' || frame.type === 'error') && frame['id'] === id);
  }

  get events(): Frame[] {
    return this.frames.filter((frame) => frame.type === 'event');
  }

  async waitFor(match: (frame: Frame) => boolean, limitMs?: number): Promise<Frame> {
    let found: Frame | undefined;
    await until(() => (found = this.frames.find(match)) !== undefined || this.closeCode !== null, limitMs);
    if (found === undefined) throw new Error(`closed with ${this.closeCode} before the frame came`);
    return found;
  }

  close(): void {
    this.socket.terminate();
  }
}
