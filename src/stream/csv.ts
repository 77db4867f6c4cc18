// Records as a table for spreadsheets and data tools: RFC 4180 with a header row. Usage is flattened
// into columns, lists are JSON in a cell. An empty cell is null; an empty text is a quoted "".
// A cut stream throws, so that its connection breaks instead of looking complete.

import type { Questions } from '../core/answers/questions.ts';
import type { Content, LakeRecord, RecordQuery, Usage } from '../core/answers/record.ts';
import { throwIfCut } from './cut.ts';
import { TextChunks } from './text-chunks.ts';

type Cell = string | number | boolean | null | undefined;
type Column = readonly [name: string, value: (record: LakeRecord) => Cell];

const FIELDS = [
  'offset', 'session_id', 'agent_id', 'source', 'project', 'file_id', 'line', 'byte_offset',
  'byte_length', 'ts', 'type', 'role', 'uuid', 'parent_uuid', 'model',
] as const satisfies (keyof LakeRecord)[];

const USAGE_FIELDS = [
  'input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens',
] as const satisfies (keyof Usage)[];

const BASE_COLUMNS: readonly Column[] = [
  ...FIELDS.map((name): Column => [name, (record) => record[name]]),
  ...USAGE_FIELDS.map((name): Column => [name, (record) => record.usage?.[name]]),
  ['tools', ({ tools }) => JSON.stringify(tools)],
  ['tool_results', (record) => JSON.stringify(record.tool_results)],
  ['duplicate', (record) => record.duplicate === true],
];

/** `text` and `raw` are columns where the content level has them. */
function columnsOf(content: Content): readonly Column[] {
  const columns = [...BASE_COLUMNS];
  if (content !== 'none') columns.push(['text', (record) => record.text]);
  if (content === 'raw') columns.push(['raw', (record) => record.raw]);
  return columns;
}

export async function* csv(
  questions: Pick<Questions, 'records'>,
  query: RecordQuery,
  content: Content,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const columns = columnsOf(content);
  const chunks = new TextChunks();
  let last = query.after;
  chunks.add(csvRow(columns.map(([name]) => name)));
  for await (const batch of questions.records(query, content, signal)) {
    for (const record of batch) {
      const chunk = chunks.add(csvRow(columns.map(([, value]) => value(record))));
      last = Number(record.offset);
      if (chunk !== undefined) yield chunk;
    }
  }
  throwIfCut(signal, last);
  const rest = chunks.take();
  if (rest !== undefined) yield rest;
}

export function csvRow(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  const text = String(cell);
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
