// What `usage` shows, from what the API answers: a row a group, its models beneath where asked for, and
// the total.

import type { AggregateAnswer, AggregateItem, GroupItem, ModelUsage } from '../core/answers/aggregate-answer.ts';
import { cost, count, shortId, totalTokens } from './humanize.ts';
import type { Style } from './style.ts';
import { renderTable, type Column } from './table.ts';

export type UsageGrouping = 'day' | 'week' | 'month' | 'session' | 'project' | 'model' | 'source' | 'agent';
export type Order = 'asc' | 'desc';

const GROUP_TITLES: Record<UsageGrouping, string> = {
  day: 'DATE', week: 'WEEK FROM', month: 'MONTH', session: 'SESSION', project: 'PROJECT', model: 'MODEL', source: 'SOURCE', agent: 'AGENT',
};

const NO_MODEL = '(no model)';

/** What a session's row says beside its id. */
export interface SessionWords {
  title: string | null;
  last_activity: string | null;
}

interface UsageRow {
  label: string;
  title: string;
  models: string;
  item: AggregateItem;
  kind: 'group' | 'model' | 'total';
}

export interface UsageTable {
  grouping: UsageGrouping;
  breakdown: boolean;
  /** By session id; only for sessions. */
  words: ReadonlyMap<string, SessionWords>;
}

/** Times and sessions the oldest first, everything else the most expensive first; `desc` and `asc` turn that round. */
export function ordered(answer: AggregateAnswer, grouping: UsageGrouping, order: Order | undefined, words: ReadonlyMap<string, SessionWords>): GroupItem[] {
  const timed = isTimed(grouping);
  const key = (item: GroupItem): string => (grouping === 'session' ? (words.get(item.session ?? '')?.last_activity ?? '') : (item[grouping] ?? ''));
  const ascending = answer.items.toSorted((a, b) => (timed ? compare(key(a), key(b)) : (a.cost_usd ?? 0) - (b.cost_usd ?? 0) || totalTokens(a) - totalTokens(b)));
  return (order ?? (timed ? 'asc' : 'desc')) === 'asc' ? ascending : ascending.toReversed();
}

export function usageTable(items: readonly GroupItem[], totals: AggregateAnswer['totals'], table: UsageTable, style: Style, width: number | null): string {
  const rows = items.flatMap((item) => [groupRow(item, table), ...(table.breakdown ? (item.breakdown ?? []).map(modelRow) : [])]);
  rows.push({ label: 'Total', title: '', models: '', item: totals, kind: 'total' });
  return renderTable(columnsOf(table, style), rows, style, width);
}

/** Models as people call them: without the maker's name and the day they were made. */
function modelNames(breakdown: readonly ModelUsage[]): string {
  return [...new Set(breakdown.map(({ model }) => shortModel(model)))].join(', ');
}

export function shortModel(model: string | null): string {
  return (model ?? NO_MODEL).replace(/^claude-/, '').replace(/-20\d{6}$/, '');
}

/** A sum that leaves calls out is marked: it is at least so much. */
export function costText({ cost_usd, unpriced_calls }: Pick<AggregateItem, 'cost_usd' | 'unpriced_calls'>): string {
  return unpriced_calls > 0 && cost_usd !== null ? `${cost(cost_usd)}+` : cost(cost_usd);
}

/** Empty where a row has no usage. */
export function tokenColumns<T>(usageOf: (row: T) => AggregateItem | null, paint: (text: string, row: T) => string): Column<T>[] {
  const numbers: [string, (item: AggregateItem) => number, boolean][] = [
    ['INPUT', (item) => item.input_tokens, false], ['OUTPUT', (item) => item.output_tokens, false],
    ['CACHE CREATE', (item) => item.cache_creation_input_tokens, true], ['CACHE READ', (item) => item.cache_read_input_tokens, true],
    ['TOTAL TOKENS', totalTokens, false],
  ];
  return numbers.map(([title, value, optional]): Column<T> => {
    const text = (row: T): string => {
      const usage = usageOf(row);
      return usage === null ? '' : count(value(usage));
    };
    const column: Column<T> = { title, text, align: 'right', paint };
    return optional ? Object.assign(column, { optional: true }) : column;
  });
}

function columnsOf({ grouping, breakdown }: UsageTable, style: Style): Column<UsageRow>[] {
  const paint = (text: string, row: UsageRow): string => (row.kind === 'total' ? style.bold(text) : row.kind === 'model' ? style.dim(text) : text);
  const label: Column<UsageRow> = { title: GROUP_TITLES[grouping], text: (row) => row.label, paint, ...(isTimed(grouping) && grouping !== 'session' ? {} : { shrinkTo: 12 }) };
  const title: Column<UsageRow> = { title: 'TITLE', text: (row) => row.title, shrinkTo: 12, optional: true, paint };
  const models: Column<UsageRow> = { title: 'MODELS', text: (row) => row.models, shrinkTo: 12, paint };
  return [
    label, ...(grouping === 'model' || breakdown ? [] : [models]),
    ...tokenColumns<UsageRow>((row) => row.item, paint),
    { title: 'COST', text: (row) => costText(row.item), align: 'right', paint },
    ...(grouping === 'session' ? [title] : []),
  ];
}

function groupRow(item: GroupItem, { grouping, words }: UsageTable): UsageRow {
  const key = item[grouping] ?? null;
  return { label: labelOf(key, grouping), title: words.get(key ?? '')?.title ?? '', models: modelNames(item.breakdown ?? []), item, kind: 'group' };
}

function labelOf(key: string | null, grouping: UsageGrouping): string {
  if (key === null) return grouping === 'agent' ? '(main threads)' : grouping === 'model' ? NO_MODEL : '(no time)';
  return grouping === 'session' ? shortId(key) : key;
}

function modelRow(share: ModelUsage): UsageRow {
  return { label: `└ ${share.model ?? NO_MODEL}`, title: '', models: '', item: share, kind: 'model' };
}

function isTimed(grouping: UsageGrouping): boolean {
  return grouping === 'day' || grouping === 'week' || grouping === 'month' || grouping === 'session';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
