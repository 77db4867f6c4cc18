// Events as whole WebSocket frames, and how they are written: below the public `send` of `ws`, which
// makes a header and two writes for each event and client. A server's frames are not masked, so one
// frame is the same bytes for everybody, and frames that wait together are one write of one buffer.
// Safe beside `ws` on the same socket as long as it holds nothing back: without an extension it
// writes each of its frames whole and at once. With one, frames go out through `ws.send`.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** FIN and the opcode of text. */
const TEXT = 0x81;

/** Runs remembered after each run. Where everybody's differ, none is worth it. */
const SHARED_RUNS_MAX = 8;

/** Whole frames in order. Clients for whom the same events wait share one run, and so its bytes. */
export class FrameRun {
  readonly byteLength: number;
  readonly #before: FrameRun | undefined;
  readonly #last: Buffer;
  readonly #after: FrameRun[] = [];
  #bytes: Buffer | undefined;

  private constructor(before: FrameRun | undefined, last: Buffer) {
    this.#before = before;
    this.#last = last;
    this.byteLength = (before?.byteLength ?? 0) + last.length;
  }

  /** One text frame; the payload is `head` and `tail`. */
  static of(head: string, tail: Uint8Array): FrameRun {
    const headBytes = Buffer.byteLength(head, 'utf8');
    const length = headBytes + tail.length;
    const start = headerBytes(length);
    const frame = Buffer.allocUnsafe(start + length);
    frame[0] = TEXT;
    if (start === 2) frame[1] = length;
    else if (start === 4) {
      frame[1] = 126;
      frame.writeUInt16BE(length, 2);
    } else {
      frame[1] = 127;
      frame.writeBigUInt64BE(BigInt(length), 2);
    }
    frame.write(head, start, 'utf8');
    frame.set(tail, start + headBytes);
    return new FrameRun(undefined, frame);
  }

  /** This run and one frame more. */
  with(frame: FrameRun): FrameRun {
    for (const after of this.#after) if (after.#last === frame.#last) return after;
    const after = new FrameRun(this, frame.#last);
    if (this.#after.length < SHARED_RUNS_MAX) this.#after.push(after);
    return after;
  }

  get bytes(): Buffer {
    this.#bytes ??= this.#before === undefined ? this.#last : this.#join();
    return this.#bytes;
  }

  /** Without headers, one by one. */
  payloads(into: Buffer[] = []): Buffer[] {
    this.#before?.payloads(into);
    into.push(payloadOf(this.#last));
    return into;
  }

  #join(): Buffer {
    const bytes = Buffer.allocUnsafe(this.byteLength);
    this.#copyTo(bytes);
    return bytes;
  }

  #copyTo(bytes: Buffer): void {
    if (this.#before !== undefined) this.#before.#copyTo(bytes);
    bytes.set(this.#last, this.byteLength - this.#last.length);
  }
}

/** Writes runs of frames to one client. */
export class FrameWriter {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #below: boolean;

  constructor(ws: WebSocket, socket: Duplex) {
    this.#ws = ws;
    this.#socket = socket;
    this.#below = ws.extensions === '';
  }

  /** `written` is called when the network took the last of it. */
  write(frames: FrameRun, written: () => void): void {
    // A close was the last frame.
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (this.#below) this.#socket.write(frames.bytes, written);
    else for (const payload of frames.payloads()) this.#ws.send(payload, { binary: false }, written);
  }
}

function headerBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 65_536 ? 4 : 10;
}

function payloadOf(frame: Buffer): Buffer {
  const short = frame[1] ?? 0;
  if (short < 126) return frame.subarray(2);
  return frame.subarray(short === 126 ? 4 : 10);
}
