// Rows of tables that are read whole. The bindings make an external buffer of every text, which costs more than all
// the rest and as much again when it is collected; so all texts come as one value, and are cut out of it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from './query.ts';
import { fixedColumn } from './vectors.ts';

/** Expressions without NULLs, by the name they are to have. */
export interface WholeRows<Text extends string, Numeric extends string> {
  /** What FROM names. */
  from: string;
  /** The order of the rows: without two that are the same, as texts are put in order apart from numbers. */
  by: string;
  texts: Readonly<Record<Text, string>>;
  numbers: Readonly<Record<Numeric, string>>;
}

type Row<Text extends string, Numeric extends string> = Record<Text, string> & Record<Numeric, number>;

/**
 * Numbers come as DOUBLE: larger integers than 2^53 are not for this. It asks twice, so both statements have to see the same rows.
 * `take`: given one after the other. Their texts are parts of one large text: what is to be kept is copied.
 */
export async function takeWhole<Text extends string, Numeric extends string>(connection: DuckDBConnection, { from, by, texts, numbers }: WholeRows<Text, Numeric>, take: (row: Row<Text, Numeric>) => void): Promise<void> {
  const [textNames, numericNames] = [Object.keys(texts) as Text[], Object.keys(numbers) as Numeric[]];
  const lengths = textNames.map((name) => `strlen(${texts[name]})`);
  const columns = [...numericNames.map((name) => numbers[name]), ...lengths].map((sql) => `(${sql})::DOUBLE`);
  const all = textNames.length === 0 ? undefined : (await queryRows<{ all: string | null }>(connection, `SELECT string_agg(concat(${textNames.map((name) => texts[name]).join(', ')}), '' ORDER BY ${by}) AS "all" FROM ${from}`))[0]?.all;
  const cut = cutter(all ?? '');
  const result = await connection.run(`SELECT ${columns.join(', ')} FROM ${from} ORDER BY ${by}`);
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const { rowCount } = chunk;
    const values = columns.map((_, column) => fixedColumn(chunk as NonNullable<typeof chunk>, column, Float64Array));
    for (let row = 0; row < rowCount; row++) {
      const made = {} as Record<string, string | number>;
      numericNames.forEach((name, i) => (made[name] = (values[i] as Float64Array)[row] as number));
      textNames.forEach((name, i) => (made[name] = cut((values[numericNames.length + i] as Float64Array)[row] as number)));
      take(made as Row<Text, Numeric>);
    }
    // A chunk takes some milliseconds: others need not wait for all of them.
    await nextTurn();
  }
}

/** All of them. */
export async function readWhole<Text extends string, Numeric extends string>(connection: DuckDBConnection, what: WholeRows<Text, Numeric>): Promise<Row<Text, Numeric>[]> {
  const rows: Row<Text, Numeric>[] = [];
  await takeWhole(connection, what, (row) => void rows.push(row));
  return rows;
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
