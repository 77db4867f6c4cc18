CREATE TABLE meta (key VARCHAR, value VARCHAR);
CREATE TABLE strings (string_ix INTEGER, value VARCHAR);
CREATE TABLE files (file_ix INTEGER, source VARCHAR, root VARCHAR, project VARCHAR, generation INTEGER, dev VARCHAR, ino VARCHAR, birth_ms BIGINT);
CREATE TABLE file_marks (file_ix INTEGER, seq BIGINT, path VARCHAR, offset_bytes BIGINT, lines BIGINT, rejects BIGINT, size_bytes BIGINT, modified_ms BIGINT, head_length INTEGER, head_hash VARCHAR, tail_hash VARCHAR, adapter_state VARCHAR, state VARCHAR);
CREATE TABLE file_sessions (file_ix INTEGER, session_ix INTEGER);
CREATE TABLE sessions (session_ix INTEGER, id VARCHAR, source VARCHAR, project VARCHAR);
CREATE TABLE agents (agent_ix INTEGER, session_ix INTEGER, id VARCHAR);
CREATE TABLE agent_links (agent_ix INTEGER, seq BIGINT, tool_use_id VARCHAR, rule VARCHAR, parent_agent_ix INTEGER);
CREATE TABLE tasks (session_ix INTEGER, seq BIGINT, tool_use_id VARCHAR, agent_type VARCHAR, description VARCHAR);
CREATE TABLE titles (session_ix INTEGER, seq BIGINT, rank UTINYINT, title VARCHAR);
CREATE TABLE cwds (session_ix INTEGER, seq BIGINT, cwd VARCHAR);
CREATE TABLE activity_deltas (session_ix INTEGER, agent_ix INTEGER, records BIGINT, messages BIGINT, tool_calls BIGINT, errors BIGINT, bytes BIGINT, first_ms BIGINT, last_ms BIGINT);
CREATE TABLE usage_deltas (bucket INTEGER, session_ix INTEGER, agent_ix INTEGER, model_ix INTEGER, calls BIGINT, input BIGINT, output BIGINT, cache_creation BIGINT, cache_read BIGINT, cache_creation_1h BIGINT);
CREATE TABLE tool_deltas (bucket INTEGER, session_ix INTEGER, agent_ix INTEGER, tool_ix INTEGER, calls BIGINT);
CREATE TABLE calls (message UBIGINT, request UBIGINT, seq BIGINT, session_ix INTEGER, agent_ix INTEGER, sidechain BOOLEAN, owner_ms BIGINT, owner_birth_ms BIGINT, model_ix INTEGER, best_ms BIGINT, input BIGINT, output BIGINT, cache_creation BIGINT, cache_read BIGINT, cache_creation_1h BIGINT);
CREATE TABLE records (lake_offset BIGINT, file_ix INTEGER, line INTEGER, byte_offset BIGINT, byte_length INTEGER, ts_ms BIGINT, session_ix INTEGER, agent_ix INTEGER, type_ix INTEGER, role_ix INTEGER, model_ix INTEGER, flags USMALLINT, uuid UUID, parent UUID, input BIGINT, output BIGINT, cache_creation BIGINT, cache_read BIGINT, call_message UBIGINT, call_request UBIGINT, tools VARCHAR, tool_results VARCHAR, uuid_text VARCHAR, parent_text VARCHAR);
CREATE TABLE rejects (lake_offset BIGINT, file_ix INTEGER, line INTEGER, byte_offset BIGINT, byte_length BIGINT, session_ix INTEGER, reason VARCHAR, detail VARCHAR);
CREATE TABLE archive_parts (part_id VARCHAR, path VARCHAR, source VARCHAR, month VARCHAR, row_count BIGINT, bytes BIGINT, source_bytes BIGINT, sessions INTEGER, sha256 VARCHAR, created_ms BIGINT);
CREATE TABLE archive_segments (part_id VARCHAR, file_ix INTEGER, from_byte BIGINT, to_byte BIGINT, lines BIGINT, adapter_state VARCHAR);
CREATE OR REPLACE VIEW files_now AS
SELECT f.*, m.* EXCLUDE (file_ix)
FROM files f JOIN (
  SELECT file_ix, unnest(max_by(struct_pack(
    path := path, offset_bytes := offset_bytes, lines := lines, rejects := rejects, size_bytes := size_bytes, modified_ms := modified_ms,
    head_length := head_length, head_hash := head_hash, tail_hash := tail_hash, adapter_state := adapter_state, state := state), seq))
  FROM file_marks GROUP BY file_ix
) m USING (file_ix);
