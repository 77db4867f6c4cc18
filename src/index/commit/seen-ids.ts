// Which record ids a session already has, so that a repeated line counts once. A session's ids are
// held while it is being written and read back from its rows when it is written again; the sessions
// not written for longest are let go when the bound is reached.

import type { DuckDBConnection } from '@duckdb/node-api';
import { HashSet64 } from '../names/hash-set.ts';
import { readFixed } from '../store/vectors.ts';

/**
 * Some 700,000 ids: of the sessions that are read or written now. Others come back by one query a session, should more
 * be told of them; a first index has most of a session's files one after another.
 */
const MAX_BYTES = 8 * 1024 * 1024;
/** Of a set beside its ids. */
const SET_BYTES = 512;

const NO_SESSION = { session: -1, set: new HashSet64() };

export class SeenIds {
  /** In order of last use. */
  private readonly sessions = new Map<number, HashSet64>();
  private last: { session: number; set: HashSet64 } = NO_SESSION;

  /** Makes the ids of these sessions ready. `isNew` tells sessions that have no committed rows. */
  async prepare(connection: DuckDBConnection, sessions: Iterable<number>, isNew: (session: number) => boolean): Promise<void> {
    for (const session of sessions) {
      const held = this.sessions.get(session);
      this.sessions.delete(session);
      this.sessions.set(session, held ?? (isNew(session) ? new HashSet64() : await load(connection, session)));
    }
  }

  /** True where the session did not have the id: four words in DuckDB's order. */
  add(session: number, id: Uint32Array, at: number): boolean {
    if (session !== this.last.session) {
      const set = this.sessions.get(session);
      if (set === undefined) throw new Error(`session ${session} was not prepared`);
      this.last = { session, set };
    }
    return addId(this.last.set, id, at);
  }

  /** Between commits: nothing uncommitted may be let go. */
  trim(): void {
    this.last = NO_SESSION;
    let bytes = 0;
    for (const set of this.sessions.values()) bytes += set.bytes + SET_BYTES;
    for (const [session, set] of this.sessions) {
      if (bytes <= MAX_BYTES) return;
      this.sessions.delete(session);
      bytes -= set.bytes + SET_BYTES;
    }
  }

  clear(): void {
    this.last = NO_SESSION;
    this.sessions.clear();
  }
}

function addId(set: HashSet64, id: Uint32Array, at: number): boolean {
  const a = id[at] as number;
  const b = id[at + 1] as number;
  const c = id[at + 2] as number;
  const d = id[at + 3] as number;
  return set.add(mix(a, c) ^ mix(d, b), mix(b, d) ^ mix(c, a));
}

function mix(x: number, y: number): number {
  let z = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) ^ Math.imul(y ^ (y >>> 13), 0x297a2d39);
  z = Math.imul(z ^ (z >>> 12), 0x85ebca6b);
  return z ^ (z >>> 15) ^ y;
}

async function load(connection: DuckDBConnection, session: number): Promise<HashSet64> {
  const set = new HashSet64();
  const sql = `SELECT uuid FROM records WHERE session_ix = ${session} AND uuid <> '00000000-0000-0000-0000-000000000000' AND flags & 1 = 0`;
  await readFixed(connection, sql, [16], (columns, rows) => {
    const words = new Uint32Array((columns[0] as Uint8Array).buffer, 0, rows * 4);
    for (let row = 0; row < rows; row++) addId(set, words, row * 4);
  });
  return set;
}
