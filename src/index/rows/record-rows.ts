// Rows of `records` as the outside's records.

import { fileId } from '../../core/file-entry.ts';
import type { LakeRecord, ToolRef, ToolResultRef } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { isoOfStored } from '../../core/time/time.ts';
import type { Directories } from '../names/directories.ts';

export interface RecordRow {
  lake_offset: number;
  file_ix: number;
  line: number;
  byte_offset: number;
  byte_length: number;
  ts_ms: number;
  session_ix: number;
  agent_ix: number;
  type_ix: number;
  role_ix: number;
  model_ix: number;
  flags: number;
  uuid: string | null;
  parent: string | null;
  input: number;
  output: number;
  cache_creation: number;
  cache_read: number;
  tools: string | null;
  tool_results: string | null;
}

const NO_ID = "'00000000-0000-0000-0000-000000000000'";

/** Null where there is none. */
export const UUID_COLUMN = `coalesce(uuid_text, nullif(uuid::VARCHAR, ${NO_ID})) AS uuid`;

export const RECORD_COLUMNS = `lake_offset::DOUBLE AS lake_offset, file_ix, line, byte_offset::DOUBLE AS byte_offset, byte_length, ts_ms::DOUBLE AS ts_ms, session_ix, agent_ix, type_ix, role_ix, model_ix, flags,
  ${UUID_COLUMN}, coalesce(parent_text, nullif(parent::VARCHAR, ${NO_ID})) AS parent,
  input::DOUBLE AS input, output::DOUBLE AS output, cache_creation::DOUBLE AS cache_creation, cache_read::DOUBLE AS cache_read, tools, tool_results`;

/** Without content. */
export function recordOf(row: RecordRow, names: Directories): LakeRecord {
  const session = names.sessions.at(row.session_ix);
  const hasUsage = (row.flags & FLAG.hasUsage) !== 0;
  const record: LakeRecord = {
    offset: String(row.lake_offset),
    session_id: session?.id ?? '',
    agent_id: names.agents.idOf(row.agent_ix),
    source: session?.source ?? '',
    project: session?.project ?? '',
    file_id: fileId(row.file_ix),
    line: row.line,
    byte_offset: row.byte_offset,
    byte_length: row.byte_length,
    ts: isoOfStored(row.ts_ms),
    type: names.strings.valueOf(row.type_ix),
    role: names.strings.valueOf(row.role_ix),
    uuid: row.uuid,
    parent_uuid: row.parent,
    model: names.strings.valueOf(row.model_ix),
    usage: hasUsage
      ? { input_tokens: row.input, output_tokens: row.output, cache_creation_input_tokens: row.cache_creation, cache_read_input_tokens: row.cache_read }
      : null,
    tools: row.tools === null ? [] : (JSON.parse(row.tools) as ToolRef[]),
    tool_results: row.tool_results === null ? [] : (JSON.parse(row.tool_results) as ToolResultRef[]),
    text: null,
  };
  if ((row.flags & FLAG.duplicate) !== 0) record.duplicate = true;
  if ((row.flags & FLAG.replaces) !== 0) record.replaces = true;
  return record;
}
