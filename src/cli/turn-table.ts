// The turns of a session for people.

import type { ExchangeItem } from '../core/answers/session-views.ts';
import { cost, count, duration, tokens, totalTokens } from './humanize.ts';
import type { Style } from './style.ts';
import { renderTable, type Column } from './table.ts';

const LAST_SECOND = 19;

export function turnTable(turns: readonly ExchangeItem[], style: Style, width: number | null): string {
  const columns: Column<ExchangeItem>[] = [
    { title: 'BEGAN', text: (turn) => turn.started_at?.slice(0, LAST_SECOND).replace('T', ' ') ?? '-', paint: style.dim },
    { title: 'TOOK', text: (turn) => (turn.duration_ms === null ? '-' : duration(turn.duration_ms)), align: 'right' },
    { title: 'TOOLS', text: (turn) => count(turn.tool_call_count), align: 'right' },
    { title: 'ERRORS', text: (turn) => (turn.error_count === 0 ? '-' : count(turn.error_count)), align: 'right', optional: true, paint: (text, turn) => (turn.error_count > 0 ? style.red(text) : style.dim(text)) },
    { title: 'TOKENS', text: (turn) => tokens(totalTokens(turn.usage)), align: 'right' },
    { title: 'COST', text: (turn) => cost(turn.cost_usd), align: 'right' },
    { title: 'PROMPT', text: (turn) => turn.prompt ?? '-', shrinkTo: 16 },
    { title: 'ANSWER', text: (turn) => turn.answer ?? '-', shrinkTo: 16, optional: true, paint: style.dim },
  ];
  return renderTable(columns, turns, style, width);
}
