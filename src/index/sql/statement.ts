// What a statement of a user may be: one SELECT over the tables there are and functions that only compute. The
// engine's own parser says what is in it. The process that runs it can reach nothing else in any case; this
// keeps out what would show the inside, and says why in the user's words.

import type { TextPosition } from '../../core/errors.ts';
import { VIEW_NAMES } from './views.ts';

/** A statement that is refused. */
export class Refusal extends Error {
  /** Null where it is not known. */
  readonly position: TextPosition | null;

  constructor(message: string, position: TextPosition | null = null) {
    super(message);
    this.name = 'Refusal';
    this.position = position;
  }
}

type Json = Readonly<Record<string, unknown>>;

const TABLE_FUNCTIONS = new Set(['range', 'generate_series', 'unnest', 'json_each', 'json_tree']);
/** Scalar functions that tell of the inside, leave a trace or only wait. */
const REFUSED_FUNCTIONS = new Set(['current_setting', 'getvariable', 'getenv', 'write_log', 'parse_duckdb_log_message', 'nextval', 'currval', 'sleep_ms', 'pg_sleep', 'pg_get_viewdef', 'which_secret', 'json_execute_serialized_sql', 'json_serialize_plan', 'get_block_size', 'pg_get_constraintdef', 'current_query']);
const SHOWN = new Set(['DESCRIBE', 'SUMMARY']);
/** What the parser writes where it has no position. */
const NO_POSITION = 2 ** 63;

/** White space and comments. */
const SPACE = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)`;
const SHOW_TABLES = new RegExp(`^${SPACE}*show${SPACE}+tables${SPACE}*(?:;${SPACE}*)*$`, 'i');

/** What is asked of the engine for a user's words: of the tables it would show what they are made of as well. */
export function statementFor(sql: string): string {
  return SHOW_TABLES.test(sql) ? `SELECT unnest([${VIEW_NAMES.map((name) => `'${name}'`).join(', ')}]) AS name` : sql;
}

/** `serialized`: what `json_serialize_sql` says of the statement. Throws Refusal. */
export function checkStatement(serialized: string, sql: string): void {
  // The engine would leave out what follows it.
  if (sql.includes('\0')) throw new Refusal('A statement cannot have NUL characters.', placeAfter(sql.slice(0, sql.indexOf('\0'))));
  const parsed = JSON.parse(serialized) as { error: boolean; error_type?: string; error_message?: string; position?: string; statements?: unknown[] };
  if (parsed.error) {
    // It would be two statements: one that asks for the values.
    if (parsed.error_type === 'not implemented' && /\bpivot\b/i.test(sql)) throw new Refusal("A PIVOT has to name its values, as in PIVOT records ON type IN ('user', 'assistant') USING count(*).");
    if (parsed.error_type === 'not implemented') throw new Refusal('Only a SELECT can be asked: nothing can be written, attached, set or loaded.');
    throw new Refusal(`${sentence(usable(parsed.error_message ?? 'The statement cannot be read'))}.`, parsed.position === undefined ? null : placeAfter([...sql].slice(0, Number(parsed.position)).join('')));
  }
  const statements = parsed.statements ?? [];
  if (statements.length !== 1) throw new Refusal(statements.length === 0 ? 'There is no statement.' : 'Only one statement can be asked at a time.');
  const tables = new Set<string>(VIEW_NAMES);
  visit(statements, (node) => {
    const map = (node['cte_map'] as { map?: { key: string }[] } | undefined)?.map ?? [];
    for (const { key } of map) tables.add(key.toLowerCase());
  });
  visit(statements, (node) => checkNode(node, tables, positionOf(node, sql)));
}

function checkNode(node: Json, tables: ReadonlySet<string>, position: TextPosition | null): void {
  switch (node['type']) {
    case 'BASE_TABLE': {
      const name = String(node['table_name']);
      const qualifier = [node['catalog_name'], node['schema_name']].filter((part) => part !== '').join('.');
      if (!tables.has(name.toLowerCase()) || qualifier !== '' || /^(duckdb|pragma|sqlite|pg)_/i.test(name)) {
        throw new Refusal(`There is no table ${JSON.stringify(qualifier === '' ? name : `${qualifier}.${name}`)}. There are ${VIEW_NAMES.join(', ')}.`, position);
      }
      return;
    }
    case 'TABLE_FUNCTION': {
      const call = node['function'] as Json;
      const name = String(call['function_name']).toLowerCase();
      if (!TABLE_FUNCTIONS.has(name) || call['schema'] !== '' && call['schema'] !== 'main') throw new Refusal(`The table function ${name} cannot be used here. Usable are ${[...TABLE_FUNCTIONS].join(', ')}.`, position);
      return;
    }
    case 'FUNCTION': {
      const name = String(node['function_name']).toLowerCase();
      if (REFUSED_FUNCTIONS.has(name)) throw new Refusal(`The function ${name} cannot be used here.`, position);
      return;
    }
    case 'SHOW_REF':
      if (!SHOWN.has(String(node['show_type'])) || node['query'] === null) throw new Refusal(`Only DESCRIBE and SUMMARIZE of a table can be asked: one of ${VIEW_NAMES.join(', ')}.`);
      return;
    default:
  }
}

/** The parser counts bytes in what it has read, and characters where it fails. */
function positionOf(node: Json, sql: string): TextPosition | null {
  const at = node['query_location'];
  return typeof at === 'number' && at < NO_POSITION ? placeAfter(Buffer.from(sql, 'utf8').subarray(0, at).toString('utf8')) : null;
}

function placeAfter(before: string): TextPosition {
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

/** Every object of the tree; iterative, as statements may be nested deeper than the stack is. */
function visit(root: unknown, use: (node: Json) => void): void {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (typeof node !== 'object' || node === null) continue;
    if (!Array.isArray(node)) use(node as Json);
    for (const inner of Object.values(node)) if (typeof inner === 'object') stack.push(inner);
  }
}

/** An error of the engine without what helps only its own users: its kind, advice, and the line it repeats. */
export function readableError(message: string, sql: string): { message: string; position: TextPosition | null } {
  const [head = ''] = message.split(/\n\s*(?:\n|LINE \d+:|Possible solutions)/, 1);
  const text = sentence(usable(head.replace(/^(?:[A-Z]\w+(?: \w+)? Error: )+/i, '').replaceAll(/\s*\n\s*/g, ' ').trim()));
  const [, line, excerpt, indent] = /\nLINE (\d+): ([^\n]*)\n( *)\^/.exec(message) ?? [];
  if (line === undefined || excerpt === undefined || indent === undefined) return { message: `${text}.`, position: null };
  // Of a long line a part is repeated.
  const part = excerpt.replace(/^\.\.\./, '').replace(/\.\.\.$/, '');
  const start = (sql.split('\n')[Number(line) - 1] ?? '').indexOf(part);
  const column = start + indent.length - `LINE ${line}: `.length - (excerpt.startsWith('...') ? 3 : 0) + 1;
  return { message: `${text}.`, position: start === -1 || column < 1 ? null : { line: Number(line), column } };
}

/** Without advice to change a setting, which nobody here can. */
function usable(text: string): string {
  return text.replace(/ Use "SET [^"]*"[^.]*\.?$/, '');
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return capital.replace(/[.!]$/, '');
}
