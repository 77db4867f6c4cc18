// The agents of each session, what each one's own lines tell of where it comes from, and what lines of others tell
// of who started it. Of what is told of a call several times the earliest counts, so it is held alone.

import { Columns, withRow } from '../../core/columns/columns.ts';
import { SharedTexts } from '../../core/columns/shared-texts.ts';
import type { UniqueTexts } from '../../core/columns/unique-texts.ts';
import type { LinkRow, OriginRow } from '../rows/gathered-facts.ts';
import { compareTexts } from './link-agents.ts';
import type { AgentOrigin, ToldLink } from './link-agents.ts';

/** `before`: the agent of the same session before it. 0 for none. */
const AGENT_COLUMNS = { before: Int32Array, prompt: BigUint64Array, run: Uint32Array, lastLink: Uint32Array } as const;
/** `before`: the row of the same agent before it. */
const LINK_COLUMNS = { before: Uint32Array, at: Float64Array, line: Int32Array, call: Uint32Array, rule: Uint8Array, parent: Int32Array } as const;

export class ToldAgents {
  private readonly texts: UniqueTexts;
  private readonly rules = new SharedTexts();
  private readonly agents = new Columns(AGENT_COLUMNS);
  private readonly links = new Columns(LINK_COLUMNS);
  private lastLink = 0;
  /** By session. */
  private lasts = new Int32Array();

  constructor(texts: UniqueTexts) {
    this.texts = texts;
  }

  /** In the order of their numbers. */
  add(agent: number, session: number): void {
    this.agents.reserve(agent);
    this.lasts = withRow(this.lasts, session);
    this.agents.of.before[agent] = this.lasts[session] as number;
    this.lasts[session] = agent;
  }

  /** Of several the greatest prompt counts, and the first run. */
  addOrigin({ agent, prompt, run }: OriginRow): void {
    this.agents.reserve(agent);
    const { of } = this.agents;
    if (prompt > (of.prompt[agent] as bigint)) of.prompt[agent] = prompt;
    const known = this.texts.at(of.run[agent] as number);
    if (run !== null && (known === null || compareTexts(run, known) < 0)) of.run[agent] = this.texts.numberOf(run);
  }

  addLink({ agent, at, line, toolUseId, rule, parent }: LinkRow): void {
    this.agents.reserve(agent);
    const [call, ruleNumber, { of: agents }] = [this.texts.numberOf(toolUseId), this.rules.numberOf(rule), this.agents];
    let { of: links } = this.links;
    let row = agents.lastLink[agent] as number;
    while (row !== 0 && (links.call[row] !== call || links.rule[row] !== ruleNumber || links.parent[row] !== parent)) row = links.before[row] as number;
    if (row === 0) {
      row = this.lastLink += 1;
      this.links.reserve(row);
      links = this.links.of;
      links.before[row] = agents.lastLink[agent] as number;
      agents.lastLink[agent] = row;
    } else if ((at - (links.at[row] as number) || line - (links.line[row] as number)) >= 0) return;
    [links.at[row], links.line[row], links.call[row], links.rule[row], links.parent[row]] = [at, line, call, ruleNumber, parent];
  }

  /** In the order of their numbers. */
  of(session: number): number[] {
    const found: number[] = [];
    for (let agent = this.lasts[session] ?? 0; agent !== 0; agent = this.agents.of.before[agent] as number) found.push(agent);
    return found.reverse();
  }

  originOf(agent: number): AgentOrigin {
    const { prompt, run } = this.agents.of;
    return { agent_ix: agent, prompt: prompt[agent] as bigint, run: this.texts.at(run[agent] as number) };
  }

  linksOf(agent: number): ToldLink[] {
    const found: ToldLink[] = [];
    const { before, at, line, call, rule, parent } = this.links.of;
    for (let row = this.agents.of.lastLink[agent] as number; row !== 0; row = before[row] as number) {
      found.push({ agent_ix: agent, at_ms: at[row] as number, line: line[row] as number, tool_use_id: this.texts.at(call[row] as number) as string, rule: this.rules.at(rule[row] as number), parent_agent_ix: parent[row] as number });
    }
    return found;
  }
}
