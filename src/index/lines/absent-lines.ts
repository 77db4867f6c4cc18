// Lines that are not where they were indexed: from the archive, or, where a log was written anew before it was
// archived, from where it repeats them. A record with the same id, of the same session and as long is the same line.

import type { SourceFiles } from '../../core/archive-port.ts';
import { grouped } from '../../core/grouped.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import type { Readers } from '../store/readers.ts';
import type { ArchivedLines, Span } from './archived-lines.ts';
import type { LineRange } from './line-range.ts';
import { readFully } from './read-fully.ts';

/** What was committed, and all records from a lake offset on. */
export interface Committed {
  top: number;
  recent: { from: number; commits: readonly { top: number; columns: Pick<RecordColumns, 'rows' | 'flags'> }[] };
}

interface RepeatRow extends LineRange {
  /** Where the line was. */
  lost_file: number;
  at: number;
}

const NO_ID = "'00000000-0000-0000-0000-000000000000'";
const REPEATED = 'r.session_ix = l.session_ix AND r.agent_ix = l.agent_ix AND r.uuid = l.uuid AND r.byte_length = l.byte_length AND r.file_ix <> l.file_ix';
const REPEATING = FLAG.duplicate | FLAG.replaces;

type Files<Of> = ReadonlyMap<number, readonly Of[]>;
type Line = Uint8Array | null;

export class AbsentLines {
  private readonly readers: Readers;
  private readonly sources: SourceFiles;
  private readonly archived: ArchivedLines;
  private readonly committed: () => Committed;
  /** To find these costs a look at every record, and most lines that are lost stay so. */
  private repeated: { files: Promise<ReadonlySet<number>>; upto: number } | null = null;

  constructor(readers: Readers, sources: SourceFiles, archived: ArchivedLines, committed: () => Committed) {
    this.readers = readers;
    this.sources = sources;
    this.archived = archived;
    this.committed = committed;
  }

  /** One entry a range of this file; null where the line is nowhere. */
  async read(file: number, ranges: readonly LineRange[]): Promise<Line[]> {
    const files = new Map([[file, ranges]]);
    return (await this.completed(files, new Map([[file, await this.archived.read(file, ranges)]]))).get(file) ?? [];
  }

  /** The same of several files. */
  async readAll(files: Files<LineRange>): Promise<Map<number, Line[]>> {
    return this.completed(files, await this.archived.readAll(files));
  }

  holds(span: Span): boolean {
    return this.archived.holds(span);
  }

  /** Of what is about to be asked for, that which is in the archive. */
  ahead(spans: readonly Span[]): Promise<void> {
    return this.archived.ahead(spans);
  }

  private async completed(files: Files<LineRange>, lines: Map<number, Line[]>): Promise<Map<number, Line[]>> {
    const lost = new Map([...files].map(([file, ranges]) => [file, ranges.filter((_, i) => (lines.get(file)?.[i] ?? null) === null)]));
    const found = await this.repeats(lost);
    if (found.size === 0) return lines;
    return new Map([...files].map(([file, ranges]) => [file, ranges.map((range, i) => lines.get(file)?.[i] ?? found.get(keyOf(file, range.byte_offset)) ?? null)]));
  }

  private async repeats(lost: Files<LineRange>): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    if ([...lost.values()].every((ranges) => ranges.length === 0)) return found;
    const repeated = await this.filesRepeated();
    const wanted = [...lost].filter(([file, ranges]) => ranges.length > 0 && repeated.has(file));
    if (wanted.length === 0) return found;
    const where = wanted.map(([file, ranges]) => `(l.file_ix = ${file} AND l.byte_offset IN (${ranges.map((range) => range.byte_offset).join(',')}))`);
    const rows = await this.readers.rows<RepeatRow>(
      `SELECT l.file_ix AS lost_file, l.byte_offset::DOUBLE AS at, r.file_ix, r.byte_offset::DOUBLE AS byte_offset, r.byte_length
      FROM records l JOIN records r ON ${REPEATED} WHERE (${where.join(' OR ')}) AND l.uuid <> ${NO_ID} ORDER BY r.lake_offset`,
    );
    for (const [other, members] of grouped(rows, (row) => row.file_ix)) await this.readRepeats(other, members.filter((row) => !found.has(keyOf(row.lost_file, row.at))), found);
    return found;
  }

  /** Those of whose lines some are repeated by another file. */
  private filesRepeated(): Promise<ReadonlySet<number>> {
    const { top, recent } = this.committed();
    const { repeated } = this;
    const since = repeated === null || repeated.upto + 1 < recent.from ? null : recent.commits.filter((commit) => commit.top > repeated.upto);
    if (repeated === null || since === null || since.some(({ columns }) => hasRepeats(columns))) return (this.repeated = { files: this.readRepeated(), upto: top }).files;
    repeated.upto = top;
    return repeated.files;
  }

  private async readRepeated(): Promise<ReadonlySet<number>> {
    try {
      const rows = await this.readers.rows<{ file_ix: number }>(`SELECT DISTINCT l.file_ix FROM records l JOIN records r ON ${REPEATED} WHERE r.flags & ${REPEATING} <> 0 AND r.uuid <> ${NO_ID}`);
      return new Set(rows.map((row) => row.file_ix));
    } catch (error) {
      this.repeated = null;
      throw error;
    }
  }

  private async readRepeats(file: number, rows: readonly RepeatRow[], found: Map<string, Uint8Array>): Promise<void> {
    if (rows.length === 0) return;
    const handle = await this.sources.open(file);
    if (handle === null) {
      const lines = await this.archived.read(file, rows);
      for (const [i, line] of lines.entries()) if (line !== null) found.set(keyOf((rows[i] as RepeatRow).lost_file, (rows[i] as RepeatRow).at), line);
      return;
    }
    try {
      for (const { lost_file, at, byte_offset, byte_length } of rows) {
        const line = new Uint8Array(byte_length);
        if (readFully(handle.fd, line, byte_offset) === byte_length) found.set(keyOf(lost_file, at), line);
      }
    } finally {
      handle.release();
    }
  }
}

function hasRepeats({ rows, flags }: Pick<RecordColumns, 'rows' | 'flags'>): boolean {
  return flags.subarray(0, rows).some((flag) => (flag & REPEATING) !== 0);
}

function keyOf(file: number, offset: number): string {
  return `${file} ${offset}`;
}
