// Sessions for people: the table of many, the fields of one.

import type { SessionItem, SessionStatus } from '../core/answers/session-item.ts';
import { ago, bytes, cost, count, plural, shortId, tokens, totalTokens } from './humanize.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import { renderFields, renderTable, type Column } from './table.ts';
import { projectName } from './tail-line.ts';

const SIGNS: Readonly<Record<SessionStatus, string>> = { active: '●', idle: '○', completed: '✓', archived: '▣' };

export function sessionTable(sessions: readonly SessionItem[], style: Style, nowMs: number, width: number | null): string {
  const sources = new Set(sessions.map((session) => session.source));
  const columns: Column<SessionItem>[] = [
    { title: 'SESSION', text: (session) => shortId(session.id), paint: style.cyan },
    { title: 'LAST', text: (session) => ago(session.last_activity, nowMs), align: 'right' },
    { title: 'STATUS', text: (session) => `${SIGNS[session.status]} ${session.status}`, paint: (text, { status }) => (status === 'active' ? style.green(text) : style.dim(text)) },
    ...(sources.size > 1 ? [{ title: 'SOURCE', text: (session: SessionItem) => session.source, optional: true as const }] : []),
    { title: 'PROJECT', text: projectOf, shrinkTo: 10, cut: 'start', paint: style.blue },
    { title: 'MESSAGES', text: (session) => count(session.message_count), align: 'right' },
    { title: 'TOOLS', text: (session) => count(session.tool_call_count), align: 'right', optional: true },
    { title: 'ERRORS', text: (session) => (session.error_count === 0 ? '-' : count(session.error_count)), align: 'right', optional: true, paint: (text, session) => (session.error_count > 0 ? style.red(text) : style.dim(text)) },
    { title: 'AGENTS', text: (session) => (session.subagent_count === 0 ? '-' : count(session.subagent_count)), align: 'right', optional: true },
    { title: 'TOKENS', text: (session) => tokens(totalTokens(session.usage_rollup)), align: 'right' },
    ...(sessions.some((session) => session.cost_rollup_usd !== null) ? [{ title: 'COST', text: (session: SessionItem) => cost(session.cost_rollup_usd), align: 'right' as const }] : []),
    { title: 'TITLE', text: (session) => session.title ?? '-', shrinkTo: 12 },
  ];
  return renderTable(columns, sessions, style, width);
}

export function sessionFields(session: SessionItem, style: Style, nowMs: number): string {
  const agents = session.subagent_count > 0;
  const fields: [string, string][] = [
    ['Session', style.cyan(printable(session.id))],
    ['Title', printable(session.title ?? '-')],
    ['Project', printable(session.cwd ?? session.project)],
    ['Source', printable(session.source)],
    ['Status', `${session.status}, last activity ${ago(session.last_activity, nowMs)}`],
    ['Time', `${session.started_at ?? '-'} to ${session.last_activity ?? '-'}`],
    ['Models', printable(session.models.join(', ')) || '-'],
    ['Messages', `${count(session.message_count)}, ${plural(session.tool_call_count, 'tool call')}, ${plural(session.error_count, 'error')}`],
    ['Subagents', count(session.subagent_count)],
    ['Tokens', usageText(session.usage, session.cost_usd)],
    ...(agents ? [['With subagents', usageText(session.usage_rollup, session.cost_rollup_usd)] satisfies [string, string]] : []),
    ['Files', `${plural(session.files, 'file')}, ${bytes(session.bytes)}, of these ${bytes(session.archived_bytes)} archived`],
  ];
  return renderFields(fields, style);
}

function usageText(usage: SessionItem['usage'], usd: number | null): string {
  const parts = [
    `${tokens(usage.input_tokens)} in`, `${tokens(usage.output_tokens)} out`,
    `${tokens(usage.cache_creation_input_tokens)} cache written`, `${tokens(usage.cache_read_input_tokens)} cache read`,
  ];
  return `${parts.join(', ')}${usd === null ? '' : ` · ${cost(usd)}`}`;
}

function projectOf(session: SessionItem): string {
  const place = printable(session.cwd ?? '');
  return place === '' ? projectName(session.project, 40) : (place.split(/[/\\]/).findLast((part) => part !== '') ?? place);
}
