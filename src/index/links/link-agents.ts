// The agents of a session, each with the tool call that started it, by the strongest of the rules that found one:
// the same as `allLinksSql` says of every session, made of plain rows. As one statement it takes the database ten
// times as long to plan as to run, and a session is looked at far more often than all of them.

import { grouped } from '../../core/grouped.ts';
import { LINK_RULES } from '../../core/scan-batch.ts';

export interface OwnAgent {
  session_ix: number;
  agent_ix: number;
  id: string;
}

/** What a session's sidecars say, the newest of each path. */
export interface SidecarFacts {
  agent: string;
  root: string;
  path: string;
  modified_ms: number;
  tool_use_id: string | null;
  agent_type: string | null;
  description: string | null;
}

/** A tool call that may start agents, as one line tells of it. */
export interface ToldTask {
  at_ms: number;
  line: number;
  tool_use_id: string;
  agent_type: string | null;
  description: string | null;
  run: string | null;
  agent_ix: number;
  prompt: bigint;
}

export interface AgentOrigin {
  agent_ix: number;
  prompt: bigint;
  run: string | null;
}

export interface ToldLink {
  agent_ix: number;
  at_ms: number;
  line: number;
  tool_use_id: string;
  rule: string;
  parent_agent_ix: number;
}

export interface AgentLink extends OwnAgent {
  tool_use_id: string | null;
  rule: string | null;
  parent_agent_ix: number | null;
  agent_type: string | null;
  description: string | null;
}

/** All of one session. */
export interface LinkFacts {
  own: readonly OwnAgent[];
  sidecars: readonly SidecarFacts[];
  tasks: readonly ToldTask[];
  origins: readonly AgentOrigin[];
  links: readonly ToldLink[];
}

/** A tool call, of all that is told of it each the first. */
type Task = Omit<ToldTask, 'at_ms' | 'line'>;

type Compare<T> = (a: T, b: T) => number;

export function linkAgents({ own, sidecars, tasks: told, origins: toldOrigins, links: toldLinks }: LinkFacts): AgentLink[] {
  const ids = new Map(own.map(({ agent_ix: ix, id }) => [ix, id]));
  const beside = new Map<number, SidecarFacts>();
  const byId = leastBy(sidecars, ({ agent }) => agent, (a, b) => b.modified_ms - a.modified_ms || compareTexts(a.root, b.root) || compareTexts(a.path, b.path));
  for (const { agent_ix: ix, id } of own) {
    const facts = byId.get(id);
    if (facts !== undefined) beside.set(ix, facts);
  }
  const tasks = tasksOf(told);
  const origins = originsOf(toldOrigins);
  const heard = [...toldLinks.filter(({ agent_ix: ix }) => ids.has(ix)), ...besideLinks(beside, tasks), ...runLinks(origins, tasks)];
  const linked = leastBy(heard, ({ agent_ix: ix }) => ix, (a, b) => strengthOf(a) - strengthOf(b) || compareTold(a, b) || compareTexts(a.tool_use_id, b.tool_use_id) || compareTexts(ids.get(a.parent_agent_ix), ids.get(b.parent_agent_ix)));
  const alike = alikeOf(origins, tasks, linked);
  return own.map((agent) => {
    const link = linked.get(agent.agent_ix) ?? alike.get(agent.agent_ix);
    const [facts, task] = [beside.get(agent.agent_ix), tasks.get(link?.tool_use_id ?? '')];
    return {
      session_ix: agent.session_ix, agent_ix: agent.agent_ix, id: agent.id, tool_use_id: link?.tool_use_id ?? null, rule: link?.rule ?? null, parent_agent_ix: link?.parent_agent_ix ?? null,
      agent_type: facts?.agent_type ?? task?.agent_type ?? null, description: facts?.description ?? task?.description ?? null,
    };
  });
}

function tasksOf(told: readonly ToldTask[]): Map<string, Task> {
  return new Map([...grouped(told, ({ tool_use_id: id }) => id)].map(([id, rows]) => [id, {
    tool_use_id: id, agent_type: firstText(rows, (row) => row.agent_type), description: firstText(rows, (row) => row.description), run: firstText(rows, (row) => row.run),
    agent_ix: least(rows, (a, b) => compareTold(a, b) || a.agent_ix - b.agent_ix).agent_ix, prompt: greatestPrompt(rows),
  }]));
}

/** Of what is told at one place the least. */
function firstText(rows: readonly ToldTask[], textOf: (row: ToldTask) => string | null): string | null {
  const texts = rows.flatMap((row) => { const text = textOf(row); return text === null ? [] : [{ at_ms: row.at_ms, line: row.line, text }]; });
  return texts.length === 0 ? null : least(texts, (a, b) => compareTold(a, b) || compareTexts(a.text, b.text)).text;
}

function originsOf(told: readonly AgentOrigin[]): AgentOrigin[] {
  return [...grouped(told, ({ agent_ix: ix }) => ix)].map(([ix, rows]) => {
    const runs = rows.flatMap(({ run }) => run ?? []);
    return { agent_ix: ix, prompt: greatestPrompt(rows), run: runs.length === 0 ? null : least(runs, compareTexts) };
  });
}

function greatestPrompt(rows: readonly { prompt: bigint }[]): bigint {
  return rows.reduce((most, { prompt }) => (prompt > most ? prompt : most), 0n);
}

function besideLinks(beside: ReadonlyMap<number, SidecarFacts>, tasks: ReadonlyMap<string, Task>): ToldLink[] {
  return [...beside].flatMap(([ix, { tool_use_id: id }]) => (id === null ? [] : [{ agent_ix: ix, at_ms: 0, line: 0, tool_use_id: id, rule: 'meta', parent_agent_ix: tasks.get(id)?.agent_ix ?? 0 }]));
}

function runLinks(origins: readonly AgentOrigin[], tasks: ReadonlyMap<string, Task>): ToldLink[] {
  const byRun = grouped(tasks.values(), ({ run }) => run);
  return origins.flatMap(({ agent_ix: ix, run }) => (run === null ? [] : byRun.get(run) ?? []).map((task) => ({ agent_ix: ix, at_ms: 0, line: 0, tool_use_id: task.tool_use_id, rule: 'run', parent_agent_ix: task.agent_ix })));
}

/** Where one agent without a link and one call without an agent have the very same words. */
function alikeOf(origins: readonly AgentOrigin[], tasks: ReadonlyMap<string, Task>, linked: ReadonlyMap<number, ToldLink>): Map<number, ToldLink> {
  const taken = new Set([...linked.values()].map(({ tool_use_id: id }) => id));
  const free = grouped([...tasks.values()].filter(({ tool_use_id: id }) => !taken.has(id)), ({ prompt }) => prompt);
  const pairs = origins.filter(({ agent_ix: ix, prompt }) => prompt !== 0n && !linked.has(ix))
    .flatMap(({ agent_ix: ix, prompt }) => (free.get(prompt) ?? []).filter((task) => task.agent_ix !== ix).map((task) => ({ prompt, link: { agent_ix: ix, at_ms: 0, line: 0, tool_use_id: task.tool_use_id, rule: 'prompt', parent_agent_ix: task.agent_ix } })));
  const alone = [...grouped(pairs, ({ prompt }) => prompt).values()].filter((some) => some.length === 1);
  return new Map(alone.flat().map(({ link }) => [link.agent_ix, link]));
}

function strengthOf({ rule }: ToldLink): number {
  return (LINK_RULES as readonly string[]).indexOf(rule);
}

function compareTold(a: { at_ms: number; line: number }, b: { at_ms: number; line: number }): number {
  return a.at_ms - b.at_ms || a.line - b.line;
}

/** As the database compares texts; none comes first. */
export function compareTexts(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function leastBy<T, Key>(rows: readonly T[], keyOf: (row: T) => Key, compare: Compare<T>): Map<Key, T> {
  return new Map([...grouped(rows, keyOf)].map(([key, some]) => [key, least(some, compare)]));
}

/** Of some, the first of those that are least. */
function least<T>(some: readonly T[], compare: Compare<T>): T {
  return some.reduce((a, b) => (compare(b, a) < 0 ? b : a));
}
