// Whose project a session has, where that changed after the session was stored: in place, as one statement.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { SessionName } from '../names/session-name.ts';

/** Sessions in one statement. */
const MAX_ROWS = 500;

export async function storeOwners(connection: DuckDBConnection, sessions: readonly SessionName[]): Promise<void> {
  for (let from = 0; from < sessions.length; from += MAX_ROWS) {
    const some = sessions.slice(from, from + MAX_ROWS);
    const rows = some.map(({ ix, owner }) => `(${ix}, ${owner.main}, ?, ?)`).join(', ');
    await connection.run(
      `UPDATE sessions SET owner_main = v.main, owner_place = v.place, project = v.project FROM (VALUES ${rows}) v(ix, main, place, project) WHERE session_ix = v.ix`,
      some.flatMap(({ owner, project }) => [owner.place, project]),
    );
  }
}
