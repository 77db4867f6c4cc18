// Findings, with what to do about each kind.

import type { Finding, FindingCode } from '../../core/answers/reconcile.ts';

const BY_ITSELF = 'A running daemon notices by itself; "sessionlake doctor --repair" does it now.';
const FROM_BACKUP = 'What is in its source files is archived again by "sessionlake doctor --repair". For the rest put the part back from a backup and start again.';

const HINTS: Record<FindingCode, string> = {
  file_gone: BY_ITSELF,
  file_unreadable: 'Check who may read it.',
  file_replaced: BY_ITSELF,
  file_truncated: BY_ITSELF,
  file_changed: '"sessionlake doctor --repair" reads it anew, as the next generation; what was indexed before stays.',
  file_differs: '"sessionlake doctor --repair" reads it anew, as the next generation; what was indexed before stays, its text in the archive.',
  file_behind: BY_ITSELF,
  file_unknown: BY_ITSELF,
  bytes_unaccounted: 'Stop the daemon, move index.duckdb away and start again: the index is made anew from the archive and the logs.',
  lines_unaccounted: 'Stop the daemon, move index.duckdb away and start again: the index is made anew from the archive and the logs.',
  sums_differ: '"sessionlake doctor --repair" adds them up again.',
  part_missing: FROM_BACKUP,
  part_damaged: FROM_BACKUP,
  part_unlisted: 'Start the daemon again: it takes over what is in parts that are not listed.',
  part_rows: 'Nothing is lost; the part holds lines that are listed elsewhere.',
  archive_overlap: 'Nothing is lost; some lines are in two parts.',
  text_lost: 'These bytes are gone: of their records only those can be read that another log repeats. All stay in the index.',
  lines_lost: 'Nothing has these bytes any more.',
};

const NOTICES: ReadonlySet<FindingCode> = new Set(['text_lost', 'lines_lost', 'part_rows']);

export function finding(code: FindingCode, message: string, about: Partial<Omit<Finding, 'code' | 'severity' | 'message' | 'hint'>>): Finding {
  return { code, severity: NOTICES.has(code) ? 'notice' : 'error', message, hint: HINTS[code], repairable: false, path: null, file_id: null, part_id: null, session_id: null, ...about };
}
