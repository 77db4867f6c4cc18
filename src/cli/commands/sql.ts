// `sql STATEMENT`: one SELECT over the lake, as a table or as JSON.

import type { Command } from 'commander';
import { SQL_LIMITS } from '../../core/answers/sql.ts';
import { withClient, type Cli } from '../cli.ts';
import { plural } from '../humanize.ts';
import { say, widthOf, writeJson, writeLine } from '../io.ts';
import { jsonOption, limitOption, wholeNumber } from '../option-values.ts';
import { renderTable, type Column } from '../table.ts';

interface SqlOptions {
  limit: number;
  timeout: number;
  json?: true;
}

interface Answer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  row_count: number;
  truncated: 'rows' | 'bytes' | null;
}

const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|DECIMAL)\b/;

export function addSql(program: Command, cli: Cli): void {
  const command = program.command('sql').helpGroup('Look:').description('answer a SELECT over records, messages, tool_calls, sessions, agents, calls and files')
    .argument('<STATEMENT>', 'one SELECT, in the dialect of DuckDB')
    .addOption(limitOption(SQL_LIMITS.rows, SQL_LIMITS.rowsMax))
    .option('--timeout <MS>', 'milliseconds after which it is stopped', wholeNumber(1, SQL_LIMITS.timeoutMaxMs), SQL_LIMITS.timeoutMs)
    .addOption(jsonOption())
    .addHelpText('after', `
docs/sql.md has the tables and a page of questions. "DESCRIBE records" tells a table's columns.

Examples:
  sessionlake sql "SELECT tool, count(*) AS calls FROM tool_calls GROUP BY tool ORDER BY calls DESC"
  sessionlake sql "SELECT title, cost_usd FROM sessions ORDER BY cost_usd DESC LIMIT 10"`)
    .action(async (statement: string, options: SqlOptions) => sql(cli, command, statement, options));
}

async function sql(cli: Cli, command: Command, statement: string, { limit, timeout, json }: SqlOptions): Promise<void> {
  const { io, style } = cli;
  const answer = await withClient(cli, command, (client) => client.post<Answer>('/api/sql', { sql: statement, limit, timeout_ms: timeout }));
  if (json === true) return writeJson(io, answer);
  const columns = answer.columns.map(({ name, type }, i): Column<unknown[]> => ({ title: name, text: (row) => cell(row[i]), ...(NUMBERS.test(type) ? { align: 'right' } : { shrinkTo: 8 }) }));
  await writeLine(io, renderTable(columns, answer.rows, style, widthOf(io.stdout)));
  if (answer.truncated !== null) say(io, `More was found than ${plural(answer.row_count, 'row')}: ${answer.truncated === 'rows' ? `--limit ${limit * 2} shows more` : 'ask for fewer columns, or shorter ones'}.`);
  return undefined;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
