// Tool calls that may start agents, by session, as lines tell of them: what is told twice is held once.

import { Columns, withRow } from '../../core/columns/columns.ts';
import { RowIndex, rowHash } from '../../core/columns/row-index.ts';
import type { UniqueTexts } from '../../core/columns/unique-texts.ts';
import type { TaskRow } from '../rows/gathered-facts.ts';
import type { ToldTask } from './link-agents.ts';

/** `before`: the row of the same session before it. */
const COLUMNS = {
  session: Int32Array, before: Uint32Array, at: Float64Array, line: Int32Array, call: Uint32Array, type: Uint32Array, description: Uint32Array, run: Uint32Array, agent: Int32Array, prompt: BigUint64Array,
} as const;

export class TaskRows {
  private readonly texts: UniqueTexts;
  private readonly columns = new Columns(COLUMNS);
  /** By session and call. */
  private readonly index = new RowIndex();
  /** By session. */
  private lasts = new Uint32Array();
  private last = 0;

  constructor(texts: UniqueTexts) {
    this.texts = texts;
  }

  add({ session, agent, at, line, toolUseId, agentType, description, prompt, run }: TaskRow): void {
    const [call, type, said, runNumber] = [toolUseId, agentType, description, run].map((text) => this.texts.numberOf(text)) as [number, number, number, number];
    const hash = rowHash(String(session), toolUseId);
    const { of: known } = this.columns;
    const isKnown = (row: number): boolean => known.session[row] === session && known.call[row] === call && known.at[row] === at && known.line[row] === line
      && known.type[row] === type && known.description[row] === said && known.run[row] === runNumber && known.agent[row] === agent && known.prompt[row] === prompt;
    if (this.index.find(hash, isKnown) !== 0) return;
    const row = this.last += 1;
    this.columns.reserve(row);
    this.lasts = withRow(this.lasts, session);
    const { of } = this.columns;
    [of.session[row], of.at[row], of.line[row], of.call[row], of.type[row], of.description[row], of.run[row], of.agent[row]] = [session, at, line, call, type, said, runNumber, agent];
    of.prompt[row] = prompt;
    of.before[row] = this.lasts[session] as number;
    this.lasts[session] = row;
    this.index.add(hash, row);
  }

  of(session: number): ToldTask[] {
    const found: ToldTask[] = [];
    const { before, at, line, call, type, description, run, agent, prompt } = this.columns.of;
    const { texts } = this;
    for (let row = this.lasts[session] ?? 0; row !== 0; row = before[row] as number) {
      found.push({
        at_ms: at[row] as number, line: line[row] as number, tool_use_id: texts.at(call[row] as number) as string, agent_type: texts.at(type[row] as number), description: texts.at(description[row] as number),
        run: texts.at(run[row] as number), agent_ix: agent[row] as number, prompt: prompt[row] as bigint,
      });
    }
    return found;
  }
}
