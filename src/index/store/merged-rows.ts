// What several rows of a table come to, as SQL.

/** Bytes of each file that are in the archive. */
export const ARCHIVED_SQL = 'SELECT file_ix, sum(to_byte - from_byte) AS archived FROM archive_segments GROUP BY file_ix';
