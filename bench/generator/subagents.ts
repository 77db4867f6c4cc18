// Subagents in every layout: lines inside the main file (1.x), flat files beside
// it, files in <session>/subagents/ with a meta.json; in parallel, nested, in the
// background, and with the traces that link each to the call that started it.

import { LogFile } from './log-file.ts';
import type { AgentTask } from './prose.ts';
import type { Session } from './session.ts';
import { answer, saying, workStep, type Sizes } from './steps.ts';
import { Transcript } from './transcript.ts';
import { noCalls, type AgentTruth, type Evidence } from './truth.ts';

export interface SpawnOptions {
  count: number;
  /** Steps of each agent, or the bytes it may write. */
  steps: number;
  budgetBytes?: number;
  background?: boolean;
  /** The run was stopped: the call has no result. */
  loseResult?: boolean;
  /** The agent starts an agent itself. */
  nested?: boolean;
}

interface Started {
  task: AgentTask;
  toolUseId: string;
  source: string;
  agent: AgentTruth | null;
  thread: Transcript;
  launchMs: number;
}

function newAgentId(session: Session): string {
  const { era } = session.plan;
  return era.agentIdPrefix + session.rng.hex(era.agentIdHexChars);
}

function agentPath(session: Session, agentId: string): string {
  return session.plan.era.agentLayout === 'flat'
    ? `${session.folder}/agent-${agentId}.jsonl`
    : `${session.folder}/${session.truth.id}/subagents/agent-${agentId}.jsonl`;
}

/** Opens an agent's own file and thread. The caller closes it. */
export function openAgent(session: Session, agentId: string, facts: Partial<AgentTruth>, startMs: number): { agent: AgentTruth; thread: Transcript; file: LogFile } {
  const path = agentPath(session, agentId);
  const agent = session.lake.truth.agent({
    id: agentId, session_id: session.truth.id, file: path, layout: session.plan.era.agentLayout === 'flat' ? 'flat' : 'directory',
    agent_type: null, tool_use_id: null, parent_agent_id: null, depth: 1, evidence: [], ...facts, usage: noCalls(),
  });
  const file = session.openFile(path);
  const thread = new Transcript({
    ...session.main.options, file, totals: agent.usage, sidechain: true, agentId, models: session.plan.era.agentModels, startMs,
  });
  return { agent, thread, file };
}

/** 1.x: the agent's lines stand in the main file, with a root of their own. */
function openInline(session: Session, startMs: number): Transcript {
  return new Transcript({
    ...session.main.options, totals: session.truth.inline_sidechain, sidechain: true, models: session.plan.era.agentModels, startMs,
  });
}

/** Copies some of the agent's lines into the main file while it runs, usage and ids included. */
function reportProgress(session: Session, parent: Transcript, thread: Transcript, agentId: string, started: { toolUseId: string; task: AgentTask }, evidence: Evidence[]): void {
  if (!session.plan.era.progressLines || !parent.isMain) return;
  thread.onMessage = (record) => {
    if (evidence.includes('progress') && !session.rng.chance(0.4)) return;
    if (!evidence.includes('progress')) evidence.push('progress');
    const { type, message, requestId, uuid, timestamp } = record;
    parent.nowMs = Math.max(parent.nowMs, thread.nowMs);
    if ((message as { usage?: unknown }).usage !== undefined) session.lake.truth.usageLine('progress');
    parent.chain({
      type: 'progress',
      data: {
        message: { type, message, ...(requestId === undefined ? {} : { requestId }), uuid, timestamp }, normalizedMessages: [],
        type: 'agent_progress', prompt: '', agentId,
      },
      toolUseID: `agent_msg_${session.rng.base62(12)}`,
      parentToolUseID: started.toolUseId,
    });
  };
}

function runAgent(session: Session, thread: Transcript, task: AgentTask, options: SpawnOptions, sizes: Sizes, depth: number): void {
  const before = session.lake.counts.bytes;
  thread.prompt(task.prompt);
  const steps = options.budgetBytes === undefined ? session.rng.int(1, options.steps) : options.steps;
  for (let step = 0; step < steps; step++) {
    if (options.budgetBytes !== undefined && session.lake.counts.bytes - before > options.budgetBytes) break;
    workStep(thread, sizes);
    if (options.nested === true && depth === 1 && step === 0) {
      spawnAgents(session, thread, { count: 1, steps: Math.max(1, options.steps - 1) }, depth + 1);
    }
  }
  answer(thread, sizes);
}

function writeMeta(session: Session, agent: AgentTruth, task: AgentTask, toolUseId: string, startMs: number): void {
  const { meta } = session.plan.era;
  if (meta === 'none') return;
  const content: Record<string, unknown> = { agentType: task.agentType, description: task.description };
  agent.agent_type = task.agentType;
  if (meta === 'linked') {
    content['toolUseId'] = toolUseId;
    content['spawnDepth'] = agent.depth;
    agent.evidence.unshift('meta');
  }
  session.lake.counts.metaFiles++;
  session.lake.sink.put(agent.file.replace(/\.jsonl$/, '.meta.json'), JSON.stringify(content), startMs);
}

function startOne(session: Session, parent: Transcript, launch: Omit<Started, 'agent' | 'thread'>, options: SpawnOptions, depth: number): Started {
  const startMs = launch.launchMs + session.rng.int(20, 400);
  if (session.plan.era.agentLayout === 'inline') {
    const thread = openInline(session, startMs);
    runAgent(session, thread, launch.task, options, session.plan.sizes, depth);
    return { ...launch, agent: null, thread };
  }
  const agentId = newAgentId(session);
  const { agent, thread, file } = openAgent(session, agentId, {
    tool_use_id: launch.toolUseId, parent_agent_id: parent.options.agentId, depth,
  }, startMs);
  writeMeta(session, agent, launch.task, launch.toolUseId, startMs);
  const progress: Evidence[] = [];
  reportProgress(session, parent, thread, agentId, launch, progress);
  runAgent(session, thread, launch.task, options, session.plan.sizes, depth);
  if (options.loseResult !== true) agent.evidence.push('result');
  agent.evidence.push(...progress, 'prompt');
  file.close(thread.nowMs);
  return { ...launch, agent, thread };
}

function finishOne(session: Session, parent: Transcript, started: Started): void {
  const { agent, task, thread } = started;
  const usage = thread.lastCall?.usage;
  const text = thread.lastText?.['text'];
  const totalTokens = usage === undefined ? 0 : usage.input_tokens + usage.output_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
  const result: Record<string, unknown> = { status: 'completed', prompt: task.prompt };
  if (agent !== null) result['agentId'] = agent.id;
  result['content'] = [{ type: 'text', text }];
  result['totalDurationMs'] = thread.nowMs - started.launchMs;
  // The context of the last request, not a sum: no reader may add it up.
  result['totalTokens'] = totalTokens;
  result['totalToolUseCount'] = session.rng.int(1, 20);
  result['usage'] = usage;
  const content: unknown[] = [{ type: 'text', text }];
  if (agent !== null) content.push({ type: 'text', text: `agentId: ${agent.id} (for resuming to continue this agent's work if needed)` });
  parent.result(started.toolUseId, content, result, false, started.source);
}

function launchInBackground(session: Session, parent: Transcript, started: Started): void {
  const id = started.agent?.id ?? '';
  const outputFile = `/tmp/tasks/${id}.output`;
  parent.result(
    started.toolUseId,
    [{ type: 'text', text: `Async agent launched successfully.\nagentId: ${id}\noutput_file: ${outputFile}` }],
    { isAsync: true, status: 'async_launched', agentId: id, description: started.task.description, prompt: started.task.prompt, outputFile },
    false,
    started.source,
  );
  parent.nowMs = Math.max(parent.nowMs, started.thread.nowMs) + session.rng.int(50, 900);
  const notice = `<task-notification>\n<task-id>${id}</task-id>\n<tool-use-id>${started.toolUseId}</tool-use-id>\n<status>completed</status>\n</task-notification>`;
  parent.loose({ type: 'queue-operation', operation: 'enqueue', timestamp: parent.timestamp(), content: notice, sessionId: session.truth.id });
  parent.chain({ type: 'user', message: { role: 'user', content: notice }, origin: { kind: 'task-notification' } });
}

/** One request that starts some agents at once; they all run, then their results come in. */
export function spawnAgents(session: Session, parent: Transcript, options: SpawnOptions, depth = 1): void {
  const { rng, prose, plan } = session;
  const call = parent.call(options.count + 1);
  saying(parent, call, plan.sizes);
  const launches = Array.from({ length: options.count }, () => {
    const task = prose.agentTask();
    const toolUseId = `toolu_01${rng.base62(22)}`;
    parent.tick(200, 900);
    const input: Record<string, unknown> = { description: task.description, prompt: task.prompt, subagent_type: task.agentType };
    if (options.background === true) input['run_in_background'] = true;
    const source = parent.block(call, { type: 'tool_use', id: toolUseId, name: plan.era.agentTool, input });
    return { task, toolUseId, source, launchMs: parent.nowMs };
  });
  const started = launches.map((launch) => startOne(session, parent, launch, options, depth));
  for (const one of started) {
    if (options.loseResult === true) continue;
    if (options.background === true && one.agent !== null) {
      launchInBackground(session, parent, one);
      continue;
    }
    parent.nowMs = Math.max(parent.nowMs, one.thread.nowMs) + rng.int(20, 300);
    finishOne(session, parent, one);
  }
}
