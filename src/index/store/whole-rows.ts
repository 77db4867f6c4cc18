// Rows of tables that are read whole. The bindings make an external buffer of every text, which costs more than all
// the rest and as much again when it is collected; so texts come as values of some MiB each, and are cut out of them.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryChunks, queryRows } from './query.ts';
import { fixedColumn } from './vectors.ts';

/** Of one value. DuckDB puts it together in a buffer that doubles and cannot be set aside, whatever its limit. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** Expressions without NULLs, by the name they are to have. */
export interface WholeRows<Text extends string, Numeric extends string> {
  /** What FROM names. */
  from: string;
  /** The order of the rows: without two that are the same, as texts are put in order apart from numbers. Begins with a column of integers. */
  by: string;
  texts: Readonly<Record<Text, string>>;
  numbers: Readonly<Record<Numeric, string>>;
}

type Row<Text extends string, Numeric extends string> = Record<Text, string> & Record<Numeric, number>;

/**
 * Numbers come as DOUBLE: larger integers than 2^53 are not for this. It asks several times, so all statements have to see the same rows.
 * `take`: given one after the other. Their texts are parts of larger ones: what is to be kept is copied. `pieceBytes`: for tests.
 */
export async function takeWhole<Text extends string, Numeric extends string>(
  connection: DuckDBConnection, { from, by, texts, numbers }: WholeRows<Text, Numeric>, take: (row: Row<Text, Numeric>) => void, pieceBytes = PIECE_BYTES,
): Promise<void> {
  const [textNames, numericNames] = [Object.keys(texts) as Text[], Object.keys(numbers) as Numeric[]];
  const key = /^\w+/.exec(by)?.[0] ?? by;
  const lengths = textNames.map((name) => `strlen(${texts[name]})`);
  const columns = [...numericNames.map((name) => numbers[name]), ...lengths, ...(textNames.length > 0 ? [key] : [])].map((sql) => `(${sql})::DOUBLE`);
  const result = await queryChunks(connection, `SELECT ${columns.join(', ')} FROM ${from} ORDER BY ${by}`);
  // Copied: a chunk that is let go takes its columns along.
  const chunks = result.map((chunk) => columns.map((_, column) => fixedColumn(chunk, column, Float64Array).slice()));
  const pieces = textNames.length === 0 ? [] : piecesOf(chunks, numericNames.length, pieceBytes);
  const all = `SELECT string_agg(concat(${textNames.map((name) => texts[name]).join(', ')}), '' ORDER BY ${by}) AS "all" FROM ${from}`;
  const textOf = async ({ from: first, to }: Piece): Promise<string> => {
    const [row] = await queryRows<{ all: string | null }>(connection, pieces.length === 1 ? all : `${all} WHERE ${key} BETWEEN ${Math.min(first, to)} AND ${Math.max(first, to)}`);
    return row?.all ?? '';
  };
  let [next, left] = [0, 0];
  let cut = cutter('');
  for (const values of chunks) {
    for (let row = 0; row < (values[0] as Float64Array).length; row++) {
      if (left === 0 && pieces.length > 0) {
        const piece = pieces[next++] as Piece;
        [left, cut] = [piece.rows, cutter(await textOf(piece))];
      }
      left -= 1;
      const made = {} as Record<string, string | number>;
      numericNames.forEach((name, i) => (made[name] = values[i]?.[row] as number));
      textNames.forEach((name, i) => (made[name] = cut(values[numericNames.length + i]?.[row] as number)));
      take(made as Row<Text, Numeric>);
    }
    // A chunk takes some milliseconds: others need not wait for all of them.
    await nextTurn();
  }
}

/** All of them. */
export async function readWhole<Text extends string, Numeric extends string>(connection: DuckDBConnection, what: WholeRows<Text, Numeric>, pieceBytes = PIECE_BYTES): Promise<Row<Text, Numeric>[]> {
  const rows: Row<Text, Numeric>[] = [];
  await takeWhole(connection, what, (row) => void rows.push(row), pieceBytes);
  return rows;
}

/** Rows that follow one another, by the first and the last of their keys. */
interface Piece {
  from: number;
  to: number;
  rows: number;
}

/** Of columns of which the last is the key, those before it, from `firstLength` on, lengths of texts. Rows of one key stay together, however long these are. */
function piecesOf(chunks: readonly (readonly Float64Array[])[], firstLength: number, pieceBytes: number): Piece[] {
  const pieces: Piece[] = [];
  let bytes = 0;
  for (const values of chunks) {
    const [keys, lengths] = [values.at(-1) as Float64Array, values.slice(firstLength, -1)];
    for (let row = 0; row < keys.length; row++) {
      const key = keys[row] as number;
      let piece = pieces.at(-1);
      if (piece === undefined || (bytes >= pieceBytes && piece.to !== key)) {
        piece = { from: key, to: key, rows: 0 };
        pieces.push(piece);
        bytes = 0;
      }
      piece.to = key;
      piece.rows += 1;
      for (const column of lengths) bytes += column[row] as number;
    }
  }
  return pieces;
}

/** Gives one text after the other, by its bytes. */
function cutter(all: string): (bytes: number) => string {
  let at = 0;
  // Where every character is of ASCII a place in the string is a place in its bytes.
  const bytes = Buffer.byteLength(all) === all.length ? null : Buffer.from(all);
  return (length) => {
    const from = at;
    at += length;
    return bytes === null ? all.slice(from, at) : bytes.toString('utf8', from, at);
  };
}
