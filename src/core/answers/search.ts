// Searching the text of records: what is asked and what is found.

import type { Page } from './page.ts';
import type { LakeRecord, RecordFilter } from './record.ts';

export interface SearchRequest {
  /** Found wherever it stands in a record's text, letter case ignored. */
  q: string;
  filter: RecordFilter;
  limit: number;
  cursor?: string;
}

/** A record in which it stands. */
export interface SearchHit extends Pick<LakeRecord, 'offset' | 'session_id' | 'agent_id' | 'source' | 'project' | 'file_id' | 'line' | 'ts' | 'type' | 'role' | 'uuid'> {
  /** How much of the record it is: 0 to 1. */
  score: number;
  /** The text around the first place. */
  snippet: string;
  /** Where in the snippet it stands, in UTF-16 units, each [from, to). */
  highlights: [from: number, to: number][];
}

export interface SearchPage extends Page<SearchHit> {
  /** Bytes of the lines from the page before to the end of this one. */
  searched_bytes: number;
}
