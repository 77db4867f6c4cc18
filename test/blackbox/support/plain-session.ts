// One session of a plain recount: its threads, turns and tools, by formats 1.4.

import type { PlainCall, PlainLake, PlainRecord } from './plain.ts';

type Json = Record<string, unknown>;

const GENERATED = ['<command-', '<local-command-', '<task-notification>', '<ide_', '<system-reminder>', '<bash-', 'Caveat: ', '[Request interrupted'];

function blocksOf({ value }: PlainRecord): Json[] {
  const content = (value['message'] as Json | undefined)?.['content'];
  return Array.isArray(content) ? content.filter((block): block is Json => typeof block === 'object' && block !== null) : [];
}

/** The text of a human's prompt, or null. */
export function promptOf(record: PlainRecord): string | null {
  const { value } = record;
  if (record.type === 'attachment') return queuedOf(record);
  if (record.type !== 'user' || record.agent !== null || value['isMeta'] === true || value['isCompactSummary'] === true || value['toolUseResult'] !== undefined) return null;
  if (blocksOf(record).some((block) => block['type'] === 'tool_result')) return null;
  const content = (value['message'] as Json | undefined)?.['content'];
  const texts = typeof content === 'string' ? [content] : blocksOf(record).flatMap((block) => (block['type'] === 'text' && typeof block['text'] === 'string' ? [block['text']] : []));
  const typed = texts.filter((text) => text.trim() !== '' && !GENERATED.some((head) => text.trimStart().startsWith(head)));
  return typed.length === 0 ? null : typed.join('\n');
}

/** Typed while the agent was at work. */
function queuedOf({ value, agent }: PlainRecord): string | null {
  const queued = value['attachment'] as Json | undefined;
  const text = queued?.['prompt'];
  if (agent !== null || queued?.['type'] !== 'queued_command' || typeof text !== 'string' || text.trim() === '') return null;
  return GENERATED.some((head) => text.trimStart().startsWith(head)) ? null : text;
}

export interface PlainTool {
  id: string;
  name: string;
  record: PlainRecord;
}

export function toolsOf(record: PlainRecord): PlainTool[] {
  if (record.role === null) return [];
  return blocksOf(record).flatMap((block) => (block['type'] === 'tool_use' ? [{ id: block['id'] as string, name: block['name'] as string, record }] : []));
}

export interface PlainResult {
  id: string;
  isError: boolean;
  record: PlainRecord;
}

export function resultsOf(record: PlainRecord): PlainResult[] {
  if (record.role === null) return [];
  return blocksOf(record).flatMap((block) => (block['type'] === 'tool_result' ? [{ id: block['tool_use_id'] as string, isError: block['is_error'] === true, record }] : []));
}

/** The records of a session that are not repeats, in the order of their files. */
export function recordsOfSession(lake: PlainLake, session: string): PlainRecord[] {
  return lake.records.filter((record) => record.session === session && !record.repeated);
}

export interface PlainTurn {
  prompt: PlainRecord;
  records: PlainRecord[];
  calls: PlainCall[];
}

function keyOf({ value }: PlainRecord): string {
  const message = value['message'] as Json | undefined;
  return `${String(message?.['id'])}\n${typeof value['requestId'] === 'string' ? value['requestId'] : ''}`;
}

/** By time. A call belongs to the turn of its first line. */
export function turnsOf(lake: PlainLake, session: string): PlainTurn[] {
  const turns: PlainTurn[] = [];
  const owned = new Map(lake.calls.filter((call) => call.session === session && call.agent === null).map((call) => [call.key, call]));
  const told = new Set<string>();
  let turn: PlainTurn | null = null;
  let path = '';
  for (const record of lake.records.filter((one) => one.session === session && one.agent === null)) {
    if (record.line.path !== path) turn = null;
    path = record.line.path;
    if (!record.repeated && promptOf(record) !== null) {
      turn = { prompt: record, records: [], calls: [] };
      turns.push(turn);
    }
    if (!record.repeated) turn?.records.push(record);
    const call = record.type === 'assistant' ? owned.get(keyOf(record)) : undefined;
    if (call === undefined || told.has(call.key)) continue;
    told.add(call.key);
    turn?.calls.push(call);
  }
  return turns.toSorted((a, b) => a.prompt.ms - b.prompt.ms);
}
