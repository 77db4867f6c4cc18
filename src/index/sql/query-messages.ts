// What the daemon and a query process say to each other. One query at a time; rows are sent when more were
// asked for.

import type { TextPosition } from '../../core/errors.ts';
import type { RowForm, SqlEnd, SqlRows } from '../../core/answers/sql.ts';

export interface QueryMessage {
  kind: 'query';
  /** Databases to attach read-only, by name. */
  files: Readonly<Record<string, string>>;
  /** `CREATE VIEW` statements. */
  views: readonly string[];
  sql: string;
  form: RowForm;
  limit: number;
  maxBytes: number;
}

export type ToQuery = QueryMessage | { kind: 'more' };

export type FromQuery =
  | { kind: 'ready' }
  | ({ kind: 'rows' } & SqlRows)
  | ({ kind: 'end' } & SqlEnd)
  | { kind: 'refused'; message: string; position: TextPosition | null }
  | { kind: 'failed'; message: string };
