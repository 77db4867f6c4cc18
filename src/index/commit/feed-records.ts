// A commit's records as live followers see them, made from the scanned columns in hand: no query.

import { fileId } from '../../core/file-entry.ts';
import type { FeedRecord } from '../../core/feed-record.ts';
import { getId } from '../../core/id-bytes.ts';
import type { LakeRecord, ToolRef, ToolResultRef, Usage } from '../../core/answers/record.ts';
import { FLAG, USAGE, USAGE_WIDTH } from '../../core/scan-batch.ts';
import type { ScanBatch } from '../../core/scan-batch.ts';
import { textAt } from '../../core/bytes/text-column.ts';
import { isoOrNull } from '../../core/time/time.ts';
import type { CommitRows, PlacedSegment } from './commit-rows.ts';
import type { SessionDirectory } from '../names/directories.ts';

/** Null where the bytes of some lines are not in hand. */
export function feedRecords(rows: CommitRows, sessions: SessionDirectory): FeedRecord[] | null {
  if (rows.segments.some(({ op }) => op.scan.rows > 0 && op.bytes.length === 0)) return null;
  return rows.segments.flatMap((segment) => segmentRecords(rows, segment, sessions));
}

function segmentRecords(rows: CommitRows, { op, firstRow }: PlacedSegment, sessions: SessionDirectory): FeedRecord[] {
  const { scan } = op;
  const records: FeedRecord[] = [];
  for (let row = 0; row < scan.rows; row++) {
    const at = firstRow + row;
    const flags = rows.records.flags[at] as number;
    if ((flags & FLAG.duplicate) !== 0) continue;
    const start = (scan.byteOffset[row] as number) - op.firstByte;
    records.push({
      offset: Number(rows.records.offset[at]),
      live: (flags & FLAG.live) !== 0,
      isError: (flags & FLAG.error) !== 0,
      record: (flags & FLAG.replaces) === 0 ? recordOf(rows, op, row, at, sessions) : { ...recordOf(rows, op, row, at, sessions), replaces: true },
      bytes: op.bytes.subarray(start, start + (scan.byteLength[row] as number)),
    });
  }
  return records;
}

function recordOf(rows: CommitRows, op: PlacedSegment['op'], row: number, at: number, sessions: SessionDirectory): LakeRecord {
  const { scan, file } = op;
  const session = sessions.at(rows.records.session[at] as number);
  const tools = textAt(scan.tools, row);
  const toolResults = textAt(scan.toolResults, row);
  return {
    offset: String(rows.records.offset[at]),
    session_id: session?.id ?? '',
    agent_id: text(scan, scan.agent, row),
    source: file.source,
    project: session?.project ?? file.project,
    file_id: fileId(file.fileIx),
    line: scan.line[row] as number,
    byte_offset: scan.byteOffset[row] as number,
    byte_length: scan.byteLength[row] as number,
    ts: isoOrNull(scan.ts[row]),
    type: text(scan, scan.type, row),
    role: text(scan, scan.role, row),
    uuid: getId(scan.uuid, row),
    parent_uuid: getId(scan.parent, row),
    model: text(scan, scan.model, row),
    usage: usageOf(scan, row),
    tools: tools === undefined ? [] : (JSON.parse(tools) as ToolRef[]),
    tool_results: toolResults === undefined ? [] : (JSON.parse(toolResults) as ToolResultRef[]),
    text: null,
  };
}

function text(scan: ScanBatch, codes: Int32Array, row: number): string | null {
  const code = codes[row] as number;
  return code === -1 ? null : (scan.strings[code] ?? null);
}

function usageOf(scan: ScanBatch, row: number): Usage | null {
  if (((scan.flags[row] as number) & FLAG.hasUsage) === 0) return null;
  const at = (column: number): number => scan.usage[row * USAGE_WIDTH + column] as number;
  return {
    input_tokens: at(USAGE.input),
    output_tokens: at(USAGE.output),
    cache_creation_input_tokens: at(USAGE.cacheCreation),
    cache_read_input_tokens: at(USAGE.cacheRead),
  };
}
