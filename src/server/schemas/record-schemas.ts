// Schemas of records, source files, rejected lines and archive parts.

import { Type } from 'typebox';
import { count, nullable, pageOf, time } from './usage.ts';

const lakeOffset = Type.String({ pattern: '^\\d+$', description: 'Lake offset, a decimal string' });

export const recordPlace = {
  offset: lakeOffset,
  session_id: Type.String(),
  agent_id: nullable(Type.String(), "Null on the session's main thread"),
  source: Type.String(),
  project: Type.String(),
  file_id: Type.String(),
  line: Type.Integer({ minimum: 1 }),
};

export const recordNames = {
  ts: nullable(time('When the line says it was written')),
  type: nullable(Type.String()),
  role: nullable(Type.String()),
  uuid: nullable(Type.String()),
};

export const LakeRecord = Type.Object({
  ...recordPlace,
  byte_offset: count("Position of the line's first byte in its file"),
  byte_length: count('Bytes of the line without its newline'),
  ...recordNames,
  parent_uuid: nullable(Type.String()),
  model: nullable(Type.String()),
  usage: nullable(Type.Ref('Usage'), 'As the line states it; lines of one model call repeat it'),
  tools: Type.Array(Type.Object({ id: nullable(Type.String()), name: Type.String() })),
  tool_results: Type.Array(Type.Object({ id: nullable(Type.String()), is_error: Type.Boolean() })),
  text: nullable(Type.String(), 'Readable text'),
  raw: Type.Optional(nullable(Type.String(), "The line's exact text; only with content=raw")),
  truncated: Type.Optional(Type.Literal(true, { description: 'Text and raw are only the beginning: the line is too long for a page, streams have it whole' })),
  replaces: Type.Optional(Type.Literal(true, { description: 'A newer version of the record with the same (session, uuid); lists of messages show the newest' })),
  duplicate: Type.Optional(Type.Literal(true, { description: 'Repeats a (session, uuid) already in the lake' })),
}, { $id: 'Record' });

export const FILE_STATES = ['present', 'gone', 'replaced'] as const;

export const SourceFile = Type.Object({
  id: Type.String(),
  source: Type.String(),
  project: Type.String(),
  path: Type.String(),
  root: Type.String({ description: 'Where its source keeps its files: the beginning of the path' }),
  generation: count('Times this path was replaced by other content'),
  offset: count('Bytes indexed'),
  size: count('Bytes in the file'),
  lag_bytes: count('Bytes not indexed yet'),
  lines: count('Lines indexed or rejected'),
  rejects: count('Lines rejected'),
  flagged: count('Records in which something is wrong'),
  reasons: Type.Record(Type.String(), count('Lines'), { description: 'By reason, how many lines are rejected for it or flagged' }),
  archived_bytes: count('Bytes in the archive'),
  modified_at: nullable(time('Last change of the file')),
  state: Type.Enum([...FILE_STATES]),
}, { $id: 'File' });

export const Reject = Type.Object({
  offset: lakeOffset,
  source: Type.String(),
  project: Type.String(),
  file_id: Type.String(),
  path: Type.String(),
  line: Type.Integer({ minimum: 1 }),
  byte_offset: count("Position of the line's first byte in its file"),
  byte_length: count('Bytes of the line without its newline'),
  reason: Type.String(),
  detail: nullable(Type.String()),
  kept: Type.Boolean({ description: 'It is a record all the same' }),
}, { $id: 'Reject' });

export const ArchivePart = Type.Object({
  id: Type.String(),
  path: Type.String(),
  source: Type.String(),
  month: Type.String({ pattern: '^\\d{4}-\\d{2}$' }),
  rows: count('Source lines'),
  bytes: count('Bytes of the part'),
  source_bytes: count('Bytes of source in it'),
  sessions: count('Sessions in it'),
  sha256: Type.String(),
  created_at: time('When it was made'),
}, { $id: 'ArchivePart' });

export const RecordPage = pageOf('Record', 'RecordPage');
export const SourceFilePage = pageOf('File', 'FilePage');
export const RejectPage = Type.Object({
  ...pageOf('Reject', 'RejectPage').properties,
  counts: Type.Array(Type.Object({ reason: Type.String(), kept: Type.Boolean(), lines: count('Lines') }), { description: 'Of the places asked for, lines by reason' }),
}, { $id: 'RejectPage' });
export const ArchivePartPage = pageOf('ArchivePart', 'ArchivePartPage');
