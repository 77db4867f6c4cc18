// The rows that a ledger is made of, wherever they were read from.

import type { RecordRow } from '../rows/record-rows.ts';
import type { StoredCallRow } from '../calls/stored-call.ts';

/** A call that a session or its subagents had a line of, as the newest of its rows says. */
export type LedgerCallRow = Omit<StoredCallRow, 'seq' | 'sidechain' | 'owner_ms' | 'owner_birth_ms'> & { is_replay: boolean; is_ambiguous: boolean };

/** A line of one. */
export type LedgerLineRow = Pick<RecordRow, 'session_ix' | 'agent_ix' | 'lake_offset' | 'file_ix' | 'line' | 'byte_offset' | 'byte_length' | 'ts_ms' | 'model_ix' | 'input' | 'output' | 'cache_creation' | 'cache_read'> & Pick<StoredCallRow, 'message' | 'request'>;
