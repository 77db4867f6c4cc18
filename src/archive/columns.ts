// The columns of an archive part and of an exported table, as names and types every Parquet reader
// knows: ids and JSON are strings, times are microseconds in UTC, and say so (isAdjustedToUTC). `source` and `month` are not among
// the part's: they are the Hive partition's directories.

import type { Content } from '../core/answers/record.ts';

export type ColumnType = 'BIGINT' | 'INTEGER' | 'BOOLEAN' | 'TIMESTAMPTZ' | 'VARCHAR' | 'BLOB';

export interface Column {
  name: string;
  type: ColumnType;
}

function columns(type: ColumnType, ...names: string[]): Column[] {
  return names.map((name) => ({ name, type }));
}

/** What the line says, in either. */
const RECORD_COLUMNS = [
  ...columns('TIMESTAMPTZ', 'ts'),
  ...columns('VARCHAR', 'type', 'role', 'uuid', 'parent_uuid', 'model'),
  ...columns('BIGINT', 'input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'),
  ...columns('VARCHAR', 'tools', 'tool_results'),
  ...columns('BOOLEAN', 'duplicate'),
];

/** One row a source line, rejected ones too. Rows are written in this order of columns. */
export const PART_COLUMNS: readonly Column[] = [
  ...columns('BIGINT', 'offset'),
  ...columns('VARCHAR', 'session_id', 'agent_id', 'project', 'file_id', 'file'),
  ...columns('INTEGER', 'generation'),
  ...columns('BIGINT', 'line', 'byte_offset', 'byte_length'),
  ...RECORD_COLUMNS,
  // Why the line is no record; NULL on a record.
  ...columns('VARCHAR', 'reject'),
  // The line without its newline: as text, or where it is not valid UTF-8 as bytes. Never both.
  ...columns('VARCHAR', 'raw'),
  ...columns('BLOB', 'raw_bytes'),
];

/** One row a record, for an export, whatever its content. */
const EXPORT_COLUMNS: readonly Column[] = [
  ...columns('BIGINT', 'offset'),
  ...columns('VARCHAR', 'session_id', 'agent_id', 'source', 'project', 'file_id'),
  ...columns('BIGINT', 'line', 'byte_offset', 'byte_length'),
  ...RECORD_COLUMNS,
];

/** With `text` and `raw` where the content level has them. */
export function exportColumns(content: Content): readonly Column[] {
  return [...EXPORT_COLUMNS, ...columns('VARCHAR', ...(content === 'none' ? [] : ['text']), ...(content === 'raw' ? ['raw'] : []))];
}

export function createTableSql(table: string, columnList: readonly Column[]): string {
  return `CREATE OR REPLACE TABLE ${table} (${columnList.map(({ name, type }) => `"${name}" ${type}`).join(', ')})`;
}
