// One record as one line of a terminal: time, project, session, agent, role, tools, text. What comes
// from logs is made printable first, and the line never wraps.

import type { LakeRecord } from '../core/answers/record.ts';
import { shortId } from './humanize.ts';
import { printable, printableStart } from './printable.ts';
import type { Colour, Style } from './style.ts';
import { cutEnd, cutStart, padEnd, textWidth } from './text-width.ts';

const SESSION_COLOURS = ['cyan', 'green', 'yellow', 'blue', 'magenta'] as const satisfies readonly Colour[];
const TOOLS_WIDTH = 32;
/** Of a text that goes to no terminal. */
const TEXT_MAX_CHARS = 2000;

export interface TailLayout {
  style: Style;
  /** Null where it is no terminal: nothing is cut to fit. */
  width: number | null;
}

export function tailLine(record: LakeRecord, { style, width }: TailLayout): string {
  const failed = record.tool_results.some((result) => result.is_error);
  const cells = headCells(record, style, width);
  const head = cells.map(({ text, paint }) => paint(text)).join(' ');
  const headWidth = cells.reduce((sum, { text }) => sum + textWidth(text) + 1, 0);
  const room = width === null ? null : Math.max(0, width - headWidth);
  const tools = fitted(toolText(record), room === null ? null : Math.min(TOOLS_WIDTH, room));
  const rest = room === null ? null : room - (tools === '' ? 0 : textWidth(tools) + 1);
  const text = record.text === null ? '' : fitted(printableStart(record.text, rest === null ? TEXT_MAX_CHARS : rest * 8), rest);
  const paintTools = failed ? style.red : record.tools.length > 0 ? style.cyan : style.green;
  const paintText = failed ? style.red : kindOf(record) === 'user' ? style.bold : kindOf(record) === 'assistant' ? (plain: string) => plain : style.dim;
  return [head, ...(tools === '' ? [] : [paintTools(tools)]), ...(text === '' ? [] : [paintText(text)])].join(' ');
}

/** `2026-11-20`, in local time; null where the record has no time. */
export function localDay(record: LakeRecord): string | null {
  const time = timeOf(record);
  return time === null ? null : `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** The readable end of a project's id, which is often an encoded path. */
export function projectName(project: string, width: number): string {
  const name = printable(project);
  return cutStart(name.includes('/') ? name.slice(name.lastIndexOf('/') + 1) : name.replace(/^-(?:home|Users)-[^-]+-|^-/, ''), width);
}

interface Cell {
  text: string;
  paint: (text: string) => string;
}

function headCells(record: LakeRecord, style: Style, width: number | null): Cell[] {
  const kind = kindOf(record);
  const session = printable(record.session_id);
  const cells: Cell[] = [
    { text: localTime(record), paint: style.dim },
    { text: padEnd(cutEnd(shortId(session), 8), 8), paint: style[colourOf(session)] },
    { text: padEnd(cutEnd(kind, 9), 9), paint: kind === 'user' ? style.bold : kind === 'assistant' ? style.green : style.dim },
  ];
  const agent = record.agent_id === null ? 'main' : printable(record.agent_id);
  const agentCell: Cell = { text: padEnd(cutEnd(agent, 8), 8), paint: record.agent_id === null ? style.dim : style.magenta };
  if (width !== null && width < 70) return record.agent_id === null || width < 50 ? cells : cells.toSpliced(2, 0, agentCell);
  const projectWidth = width !== null && width < 100 ? 10 : 16;
  const projectCell: Cell = { text: padEnd(projectName(record.project, projectWidth), projectWidth), paint: style.blue };
  return cells.toSpliced(2, 0, agentCell).toSpliced(1, 0, projectCell);
}

function kindOf(record: LakeRecord): string {
  if (record.tool_results.length > 0) return 'result';
  return printable(record.role ?? record.type ?? '?');
}

function toolText(record: LakeRecord): string {
  const called = record.tools.map((tool) => printable(tool.name)).join(', ');
  const results = record.tool_results.map((result) => (result.is_error ? '✗' : '✓')).join('');
  return [called, results].filter((part) => part !== '').join(' ');
}

function fitted(text: string, width: number | null): string {
  return width === null ? text : cutEnd(text, width);
}

function localTime(record: LakeRecord): string {
  const time = timeOf(record);
  return time === null ? '--:--:--' : `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

function timeOf(record: LakeRecord): Date | null {
  const time = record.ts === null ? null : new Date(record.ts);
  return time === null || Number.isNaN(time.getTime()) ? null : time;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** The same colour for the same session, always. */
function colourOf(session: string): Colour {
  let hash = 0;
  for (let index = 0; index < session.length; index += 1) hash = (hash * 31 + session.charCodeAt(index)) % 1_000_003;
  return SESSION_COLOURS[hash % SESSION_COLOURS.length] ?? 'cyan';
}
