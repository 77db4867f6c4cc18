// The tables. They are append-only: what changes is written as a further row that either adds up
// (deltas) or supersedes (marks, by `seq`, the number of the commit; facts, by where they were told), and is
// merged when read and by compaction. Only what hardly ever changes, the owner of a session and the origin of a
// file, is updated in place, and the manifest (`archive_…`) is rewritten where parts are merged. No keys and no indexes: uniqueness is kept by the one writer.
//
// Times are milliseconds since the epoch, -1 for none. An `_ix` is a number given out by the writer;
// 0 stands for none, and as an agent for the session's main thread.

export const SCHEMA_VERSION = 4;

export type ColumnType = 'UTINYINT' | 'USMALLINT' | 'INTEGER' | 'BIGINT' | 'UBIGINT' | 'UUID' | 'VARCHAR' | 'BOOLEAN' | 'DOUBLE';

export interface TableSpec<Name extends string = string> {
  name: string;
  columns: Readonly<Record<Name, ColumnType>>;
}

function table<Name extends string>(name: string, columns: Record<Name, ColumnType>): TableSpec<Name> {
  return { name, columns };
}

export const TABLES = {
  meta: table('meta', { key: 'VARCHAR', value: 'VARCHAR' }),
  /** Types, roles, models and tool names. */
  strings: table('strings', { string_ix: 'INTEGER', value: 'VARCHAR' }),
  files: table('files', { file_ix: 'INTEGER', source: 'VARCHAR', root: 'VARCHAR', project: 'VARCHAR', generation: 'INTEGER', dev: 'VARCHAR', ino: 'VARCHAR', birth_ms: 'BIGINT' }),
  fileMarks: table('file_marks', {
    file_ix: 'INTEGER', seq: 'BIGINT', path: 'VARCHAR', offset_bytes: 'BIGINT', lines: 'BIGINT', rejects: 'BIGINT', size_bytes: 'BIGINT', modified_ms: 'BIGINT',
    head_length: 'INTEGER', head_hash: 'VARCHAR', tail_hash: 'VARCHAR', adapter_state: 'VARCHAR', state: 'VARCHAR',
  }),
  fileSessions: table('file_sessions', { file_ix: 'INTEGER', session_ix: 'INTEGER' }),
  /** `owner_…`: the file whose project is the session's. */
  sessions: table('sessions', { session_ix: 'INTEGER', id: 'VARCHAR', source: 'VARCHAR', project: 'VARCHAR', owner_main: 'BOOLEAN', owner_place: 'VARCHAR' }),
  agents: table('agents', { agent_ix: 'INTEGER', session_ix: 'INTEGER', id: 'VARCHAR' }),
  /** Facts have `at_ms` and `line`: where in its log each was told. */
  agentLinks: table('agent_links', { agent_ix: 'INTEGER', at_ms: 'BIGINT', tool_use_id: 'VARCHAR', rule: 'VARCHAR', parent_agent_ix: 'INTEGER', line: 'INTEGER' }),
  /** Hashes of prompts are 0 for none. */
  agentOrigins: table('agent_origins', { agent_ix: 'INTEGER', prompt: 'UBIGINT', run: 'VARCHAR' }),
  tasks: table('tasks', { session_ix: 'INTEGER', at_ms: 'BIGINT', tool_use_id: 'VARCHAR', agent_type: 'VARCHAR', description: 'VARCHAR', line: 'INTEGER', agent_ix: 'INTEGER', prompt: 'UBIGINT', run: 'VARCHAR' }),
  titles: table('titles', { session_ix: 'INTEGER', at_ms: 'BIGINT', rank: 'UTINYINT', title: 'VARCHAR', line: 'INTEGER' }),
  cwds: table('cwds', { session_ix: 'INTEGER', at_ms: 'BIGINT', cwd: 'VARCHAR', line: 'INTEGER' }),
  /** What was read of the small documents beside logs, by the agents' own names; of each path the newest `seq` counts. */
  sidecars: table('sidecars', {
    seq: 'BIGINT', source: 'VARCHAR', root: 'VARCHAR', path: 'VARCHAR', size_bytes: 'BIGINT', modified_ms: 'BIGINT',
    session: 'VARCHAR', agent: 'VARCHAR', tool_use_id: 'VARCHAR', agent_type: 'VARCHAR', description: 'VARCHAR',
  }),
  activityDeltas: table('activity_deltas', {
    session_ix: 'INTEGER', agent_ix: 'INTEGER', records: 'BIGINT', messages: 'BIGINT', tool_calls: 'BIGINT', errors: 'BIGINT', bytes: 'BIGINT', first_ms: 'BIGINT', last_ms: 'BIGINT',
  }),
  /** `bucket`: quarter hours since the epoch, -1 for no time; fine enough for every time zone's days. `tier_ix`: 0 for the standard service tier. */
  usageDeltas: table('usage_deltas', {
    bucket: 'INTEGER', session_ix: 'INTEGER', agent_ix: 'INTEGER', model_ix: 'INTEGER', calls: 'BIGINT',
    input: 'BIGINT', output: 'BIGINT', cache_creation: 'BIGINT', cache_read: 'BIGINT', cache_creation_1h: 'BIGINT', tier_ix: 'INTEGER', web_searches: 'BIGINT',
  }),
  toolDeltas: table('tool_deltas', { bucket: 'INTEGER', session_ix: 'INTEGER', agent_ix: 'INTEGER', tool_ix: 'INTEGER', calls: 'BIGINT' }),
  /** One row a (message, request) of a model call, the newest `seq` counting. */
  calls: table('calls', {
    message: 'UBIGINT', request: 'UBIGINT', seq: 'BIGINT', session_ix: 'INTEGER', agent_ix: 'INTEGER', sidechain: 'BOOLEAN', owner_ms: 'BIGINT', owner_birth_ms: 'BIGINT',
    model_ix: 'INTEGER', best_ms: 'BIGINT', input: 'BIGINT', output: 'BIGINT', cache_creation: 'BIGINT', cache_read: 'BIGINT', cache_creation_1h: 'BIGINT', tier_ix: 'INTEGER', web_searches: 'BIGINT',
  }),
  records: table('records', {
    lake_offset: 'BIGINT', file_ix: 'INTEGER', line: 'INTEGER', byte_offset: 'BIGINT', byte_length: 'INTEGER', ts_ms: 'BIGINT', session_ix: 'INTEGER', agent_ix: 'INTEGER',
    type_ix: 'INTEGER', role_ix: 'INTEGER', model_ix: 'INTEGER', flags: 'USMALLINT', uuid: 'UUID', parent: 'UUID',
    input: 'BIGINT', output: 'BIGINT', cache_creation: 'BIGINT', cache_read: 'BIGINT', call_message: 'UBIGINT', call_request: 'UBIGINT',
    tools: 'VARCHAR', tool_results: 'VARCHAR', uuid_text: 'VARCHAR', parent_text: 'VARCHAR',
  }),
  rejects: table('rejects', {
    lake_offset: 'BIGINT', file_ix: 'INTEGER', line: 'INTEGER', byte_offset: 'BIGINT', byte_length: 'BIGINT', session_ix: 'INTEGER', reason: 'VARCHAR', detail: 'VARCHAR',
  }),
  /** What records of configured sources can be grouped by, and their numbers. Repeats have none. */
  dimensions: table('dimensions', { lake_offset: 'BIGINT', session_ix: 'INTEGER', ts_ms: 'BIGINT', name_ix: 'INTEGER', value: 'VARCHAR' }),
  measures: table('measures', { lake_offset: 'BIGINT', session_ix: 'INTEGER', ts_ms: 'BIGINT', name_ix: 'INTEGER', value: 'DOUBLE' }),
  /** Records in which something is wrong, a row a reason. */
  oddities: table('oddities', { lake_offset: 'BIGINT', file_ix: 'INTEGER', line: 'INTEGER', byte_offset: 'BIGINT', byte_length: 'BIGINT', session_ix: 'INTEGER', reason: 'VARCHAR' }),
  archiveParts: table('archive_parts', {
    part_id: 'VARCHAR', path: 'VARCHAR', source: 'VARCHAR', month: 'VARCHAR', row_count: 'BIGINT', bytes: 'BIGINT', source_bytes: 'BIGINT', sessions: 'INTEGER', sha256: 'VARCHAR', created_ms: 'BIGINT',
  }),
  archiveSegments: table('archive_segments', { part_id: 'VARCHAR', file_ix: 'INTEGER', from_byte: 'BIGINT', to_byte: 'BIGINT', lines: 'BIGINT', adapter_state: 'VARCHAR' }),
} as const;

/** Creates the schema as it is now; migrations.ts brings an older one there. */
export function createTablesSql(): string {
  return Object.values(TABLES)
    .map((spec) => `CREATE TABLE ${spec.name} (${Object.entries(spec.columns).map(([name, type]) => `${name} ${type}`).join(', ')});`)
    .join('\n');
}

/** The newest row of each file. */
export const FILES_NOW_VIEW = `
CREATE OR REPLACE VIEW files_now AS
SELECT f.*, m.* EXCLUDE (file_ix)
FROM files f JOIN (
  SELECT * EXCLUDE (seq) FROM file_marks QUALIFY row_number() OVER (PARTITION BY file_ix ORDER BY seq DESC) = 1
) m USING (file_ix);`;

/** The number of the last commit: each leaves a mark of a file or a sidecar. */
export const LAST_COMMIT_SQL = 'greatest((SELECT coalesce(max(seq), 0) FROM file_marks), (SELECT coalesce(max(seq), 0) FROM sidecars))::DOUBLE';
