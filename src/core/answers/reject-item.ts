// Lines that are rejected or in which something is wrong, as JSON.

import type { Page } from './page.ts';

/** How many lines of the filter's files have a reason. */
export interface ReasonCount {
  reason: string;
  /** They are records all the same. */
  kept: boolean;
  lines: number;
}

export interface RejectPage extends Page<RejectItem> {
  counts: ReasonCount[];
}

export interface RejectItem {
  offset: string;
  source: string;
  project: string;
  file_id: string;
  path: string;
  line: number;
  byte_offset: number;
  byte_length: number;
  reason: string;
  detail: string | null;
  /** It is a record all the same. */
  kept: boolean;
}
