// One JSONL file being written: records go in as text, get their newline, and
// now and then an odd neighbour or spelling. It keeps the line part of the truth
// and hides every oddity from those who write sessions.

import type { FileKind, Oddities } from './oddities.ts';
import type { Sink, SinkFile } from './sink.ts';
import type { TruthRecorder } from './truth.ts';

/** Counts over all files of a lake. */
export interface FileCounts {
  logFiles: number;
  metaFiles: number;
  bytes: number;
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

export class LogFile {
  readonly path: string;
  private readonly sessionId: string;
  private readonly file: SinkFile;
  private readonly truth: TruthRecorder;
  private readonly oddities: Oddities;
  private readonly counts: FileCounts;
  private readonly fileKind: FileKind | null;

  constructor(sink: Sink, path: string, sessionId: string, truth: TruthRecorder, oddities: Oddities, counts: FileCounts) {
    this.path = path;
    this.sessionId = sessionId;
    this.file = sink.open(path);
    this.truth = truth;
    this.oddities = oddities;
    this.counts = counts;
    this.counts.logFiles++;
    this.fileKind = oddities.nextFile();
    if (this.fileKind !== null) truth.oddity(this.fileKind);
    if (this.fileKind === 'bom') this.append(BOM);
  }

  /** json: one record, without its newline. */
  write(json: string, type: string): void {
    this.truth.record(type);
    const kind = this.oddities.nextLine();
    if (kind === null) return this.line(json);
    const respelt = this.oddities.respell(kind, json);
    this.line(respelt ?? json);
    const extra = respelt === null ? this.oddities.extra(kind, this.sessionId) : null;
    if (respelt === null && extra === null) return this.oddities.hold(kind);
    this.truth.oddity(kind);
    if (extra === null) return;
    if (extra.reason === 'blank') this.truth.blankLine();
    else this.truth.reject(extra.reason);
    this.line(extra.bytes);
  }

  close(mtimeMs: number): void {
    const tail = JSON.stringify({ type: 'last-prompt', lastPrompt: 'Thank you, that is all for today.', sessionId: this.sessionId });
    if (this.fileKind === 'no_final_newline') this.tail(tail);
    if (this.fileKind === 'torn_tail') this.tail(tail.slice(0, 40));
    this.file.close(mtimeMs);
  }

  private tail(json: string): void {
    this.append(json);
    this.truth.tail(Buffer.byteLength(json));
  }

  private line(bytes: string | Buffer): void {
    if (typeof bytes === 'string') {
      this.append(this.fileKind === 'crlf_file' ? `${bytes}\r\n` : `${bytes}\n`);
    } else {
      this.append(Buffer.concat([bytes, Buffer.from(this.fileKind === 'crlf_file' ? '\r\n' : '\n')]));
    }
  }

  private append(bytes: string | Buffer): void {
    this.counts.bytes += this.file.append(bytes);
  }
}
