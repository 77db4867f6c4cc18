// The last lines of the daemon's own log, in memory: bounded in lines and in bytes, the oldest go first.

import type { LogLine, LogPage } from '../core/answers/diagnostics.ts';
import { isoFromMs } from '../core/time/time.ts';

const LINES_MAX = 10_000;
const BYTES_MAX = 8 * 1024 * 1024;
/** Of one line; a plan or a stack may be longer. */
const LINE_MAX_BYTES = 16 * 1024;
const LEVELS: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

export class LogRing {
  /** As they were written: most are never read. */
  private readonly lines: string[] = [];
  private bytes = 0;
  private written = 0;

  /** A line of the logger, which is JSON with a newline. */
  write(text: string): void {
    const line = text.length > LINE_MAX_BYTES ? cut(text) : text;
    this.lines.push(line);
    this.bytes += line.length;
    this.written += 1;
    // Many at once, as each shifts the rest.
    if (this.lines.length < LINES_MAX * 1.1 && this.bytes < BYTES_MAX) return;
    while (this.lines.length > LINES_MAX || this.bytes > BYTES_MAX * 0.9) this.bytes -= this.lines.shift()?.length ?? this.bytes;
  }

  /** The last `tail` lines after number `after`, the oldest first. */
  page(tail: number, after: number): LogPage {
    const first = this.written - this.lines.length + 1;
    const held = this.lines.slice(-LINES_MAX);
    const fresh = held.slice(Math.max(0, held.length - Math.max(0, this.written - after)));
    const shown = fresh.slice(-tail);
    const start = first + this.lines.length - shown.length;
    return { items: shown.map((line, i) => parsed(line, start + i)), has_more: false, next_cursor: null };
  }
}

function cut(text: string): string {
  const { level, time, msg } = JSON.parse(text) as { level: number; time: string; msg?: string };
  return JSON.stringify({ level, time, msg: (msg ?? '').slice(0, LINE_MAX_BYTES / 2), cut: text.length });
}

function parsed(line: string, number: number): LogLine {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: number; time?: string; msg?: string } & Record<string, unknown>;
  return { number, time: time ?? isoFromMs(0), level: LEVELS[level] ?? String(level), message: msg ?? '', fields };
}
