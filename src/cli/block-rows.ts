// What `usage blocks` shows: a row a window of five hours, the pauses between them, and how the running one
// goes on.

import type { BlockItem } from '../core/answers/block-item.ts';
import { cost, count, duration, tokens } from './humanize.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { costText, shortModel, tokenColumns } from './usage-rows.ts';

interface BlockRow {
  from: string;
  state: string;
  models: string;
  block: BlockItem | null;
}

export interface BlockTable {
  timeZone: string;
  nowMs: number;
  newestFirst: boolean;
}

/** `blocks`: the oldest first. */
export function blockTable(blocks: readonly BlockItem[], { timeZone, nowMs, newestFirst }: BlockTable, style: Style, width: number | null): string {
  const rows = blocks.flatMap((block, i): BlockRow[] => {
    const pause = Date.parse(block.started_at) - Date.parse(blocks[i - 1]?.ends_at ?? block.started_at);
    const between = pause === 0 ? [] : [{ from: '', state: `(${duration(pause)} without calls)`, models: '', block: null }];
    return [...between, { from: localTime(block.started_at, timeZone), state: stateOf(block, nowMs), models: block.models.map(shortModel).join(', '), block }];
  });
  const paint = (text: string, row: BlockRow): string => (row.block === null ? style.dim(text) : row.block.active ? style.bold(text) : text);
  return renderTable<BlockRow>([
    { title: 'FROM', text: (row) => row.from, paint },
    { title: 'STATE', text: (row) => row.state, paint },
    { title: 'MODELS', text: (row) => row.models, shrinkTo: 12, paint },
    ...tokenColumns<BlockRow>((row) => row.block, paint),
    { title: 'COST', text: (row) => (row.block === null ? '' : costText(row.block)), align: 'right', paint },
  ], newestFirst ? rows.toReversed() : rows, style, width);
}

/** How fast the running block is used, and what that comes to; empty where none runs. */
export function burnLines(block: BlockItem): string[] {
  const { burn_rate: rate, projection } = block;
  if (rate === null || projection === null) return [];
  const perHour = rate.cost_per_hour_usd === null ? '' : `, ${cost(rate.cost_per_hour_usd)} an hour`;
  const atEnd = projection.cost_usd === null ? '' : ` and ${cost(projection.cost_usd)}`;
  return [`Burn rate   ${count(Math.round(rate.tokens_per_minute))} tokens a minute${perHour}`, `Projection  ${tokens(projection.tokens)} tokens${atEnd} at the end of the block`];
}

export function minutesLeft(block: Pick<BlockItem, 'ends_at'>, nowMs: number): string {
  return duration(Math.max(0, Math.ceil((Date.parse(block.ends_at) - nowMs) / 60_000)) * 60_000);
}

function stateOf(block: BlockItem, nowMs: number): string {
  return block.active ? `active, ${minutesLeft(block, nowMs)} left` : 'ended';
}

function localTime(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(Date.parse(iso));
}
