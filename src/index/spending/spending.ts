// What model calls used and cost, for answers about few sessions: sums by model from the tables, priced here.
// A statement that joins prices takes longer to plan than to run.

import type { DuckDBConnection } from '@duckdb/node-api';
import { shownCost } from '../../core/price-book.ts';
import type { PricedCall } from '../../core/price-book.ts';
import type { Usage } from '../../core/answers/record.ts';
import { queryRows } from '../store/query.ts';
import type { PricedModels } from './priced-models.ts';
import { QUARTER_HOUR_MS } from './rates.ts';
import type { PricedColumns } from '../calls/stored-call.ts';
import { countedCallsSql } from './spend.ts';

interface SumsRow extends PricedColumns {
  bucket: number;
  calls: number;
}

/** A single call, in the columns of sums. */
export interface CallRow extends SumsRow {
  at_ms: number;
}

/** What a row of `calls` says that a call's cost depends on. */
export type StoredCall = PricedColumns & { best_ms: number };

/** What sums of calls hold; the cost in picodollars. */
export type SpendingSums = Readonly<Pick<Spending, 'calls' | 'unpriced' | 'cost' | 'input' | 'output' | 'cacheCreation' | 'cacheRead'>>;

/** Sums of calls, with their cost: exact, in picodollars. */
export class Spending {
  calls = 0;
  unpriced = 0;
  cost = 0n;
  input = 0;
  output = 0;
  cacheCreation = 0;
  cacheRead = 0;

  add(other: SpendingSums): this {
    this.calls += other.calls;
    this.unpriced += other.unpriced;
    this.cost += other.cost;
    this.input += other.input;
    this.output += other.output;
    this.cacheCreation += other.cacheCreation;
    this.cacheRead += other.cacheRead;
    return this;
  }

  subtract(other: SpendingSums): this {
    this.calls -= other.calls;
    this.unpriced -= other.unpriced;
    this.cost -= other.cost;
    this.input -= other.input;
    this.output -= other.output;
    this.cacheCreation -= other.cacheCreation;
    this.cacheRead -= other.cacheRead;
    return this;
  }

  get usage(): Usage {
    return { input_tokens: this.input, output_tokens: this.output, cache_creation_input_tokens: this.cacheCreation, cache_read_input_tokens: this.cacheRead };
  }

  /** Null where there were calls and none has a price. */
  get costUsd(): number | null {
    return shownCost(this.cost, this.calls, this.unpriced);
  }
}

/** The calls of these models that pay more than their sums say. */
export async function longCalls<Keys extends object>(connection: DuckDBConnection, prices: PricedModels, keys: readonly string[], where: string, models: Iterable<number>): Promise<(Keys & CallRow)[]> {
  const extra = prices.mayPayExtra(models);
  if (extra === null) return [];
  const messages = await queryRows<{ message: bigint }>(connection, `SELECT DISTINCT message FROM calls WHERE ${where} AND ${extra}`);
  if (messages.length === 0) return [];
  const counted = countedCallsSql(`message IN (${messages.map(({ message }) => message).join(',')})`);
  return queryRows<Keys & CallRow>(
    connection,
    `SELECT ${keys.map((key) => `${key}, `).join('')}model_ix, tier_ix, at_ms::DOUBLE AS at_ms, bucket, calls, input::DOUBLE AS input, output::DOUBLE AS output, cache_creation::DOUBLE AS cache_creation, cache_read::DOUBLE AS cache_read,
      cache_creation_1h::DOUBLE AS cache_creation_1h, web_searches::DOUBLE AS web_searches FROM ${counted} WHERE ${where} AND ${extra}`,
  );
}

/** Of calls of one model at one price. */
function spendingOf(row: SumsRow, prices: PricedModels): Spending {
  const spending = new Spending();
  spending.calls = row.calls;
  spending.input = row.input;
  spending.output = row.output;
  spending.cacheCreation = row.cache_creation;
  spending.cacheRead = row.cache_read;
  const cost = prices.costOf(row.model_ix, row.tier_ix, priced(row, row.bucket < 0 ? -1 : row.bucket * QUARTER_HOUR_MS));
  if (cost === null) spending.unpriced = row.calls;
  else spending.cost = cost;
  return spending;
}

/** What it pays more than sums of calls say, in picodollars. */
export function extraCost(row: CallRow, prices: PricedModels): bigint {
  return prices.extraOf(row.model_ix, row.tier_ix, priced(row, row.at_ms));
}

function extraOf(row: CallRow, prices: PricedModels): Spending {
  const spending = new Spending();
  spending.cost = extraCost(row, prices);
  return spending;
}

/** Of one call, whatever it pays. */
export function spendingOfCall(row: CallRow, prices: PricedModels): Spending {
  return spendingOf(row, prices).add(extraOf(row, prices));
}

/** The same of a call as its row in `calls` says. */
export function spendingOfStored(call: StoredCall, prices: PricedModels): Spending {
  return spendingOfCall({ ...call, bucket: call.best_ms < 0 ? -1 : Math.floor(call.best_ms / QUARTER_HOUR_MS), at_ms: call.best_ms, calls: 1 }, prices);
}

function priced(row: SumsRow, atMs: number): PricedCall {
  return { atMs, input: row.input, output: row.output, cacheWrite: row.cache_creation, cacheWrite1h: row.cache_creation_1h, cacheRead: row.cache_read, webSearches: row.web_searches };
}
