// A plain recount of Claude Code logs, from bytes to totals: JSON.parse for each
// line, everything in memory, the usage rules one after the other. Slow and
// simple on purpose, it shares no code with the generator or the product, so all
// three can be held against each other. Works on any logs, not only generated ones.

import { isPrompt, parseFile, promptText, type Files, type LineCounts, type Message, type Parsed, type Tokens } from './recount-lines.ts';

export type { Files };

export interface SessionCount {
  id: string;
  title: string;
  firstTs: string;
  lastTs: string;
  messages: number;
  prompts: number;
  toolUses: number;
  own: Tokens;
  rollup: Tokens;
  inherited: Tokens;
}

export interface AgentCount {
  id: string;
  sessionId: string;
  path: string;
  usage: Tokens;
  meta: string | null;
  result: string | null;
  progress: string | null;
  prompt: string | null;
}

export interface Recount extends LineCounts {
  records: number;
  duplicates: number;
  byType: Record<string, number>;
  totals: Tokens;
  sessions: Map<string, SessionCount>;
  agents: AgentCount[];
}

function zero(): Tokens {
  return { calls: 0, input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
}

function add(sum: Tokens, usage: NonNullable<Message['usage']>): void {
  sum.calls++;
  sum.input_tokens += usage.input_tokens ?? 0;
  sum.output_tokens += usage.output_tokens ?? 0;
  sum.cache_creation_input_tokens += usage.cache_creation_input_tokens ?? 0;
  sum.cache_read_input_tokens += usage.cache_read_input_tokens ?? 0;
}

function countSession(file: Parsed, counts: Recount): void {
  const seen = new Set<string>();
  const session: SessionCount = {
    id: file.sessionId, title: '', firstTs: '', lastTs: '', messages: 0, prompts: 0, toolUses: 0, own: zero(), rollup: zero(), inherited: zero(),
  };
  let [custom, ai, summary, first] = ['', '', '', ''];
  const uuids = new Set(file.lines.map((line) => line.uuid));
  for (const line of file.lines) {
    custom = line.customTitle ?? custom;
    ai = line.aiTitle ?? ai;
    if (line.summary !== undefined && uuids.has(line.leafUuid)) summary = line.summary;
    if (line.uuid === undefined || line.isSidechain === true || seen.has(line.uuid)) continue;
    seen.add(line.uuid);
    if (line.type === 'user' || line.type === 'assistant') session.messages++;
    if (line.type === 'assistant' && Array.isArray(line.message?.content)) {
      session.toolUses += line.message.content.filter((block) => block.type === 'tool_use').length;
    }
    if (!isPrompt(line)) continue;
    session.prompts++;
    if (first === '') first = promptText(line);
  }
  session.title = [custom, ai, summary, first].find((title) => title !== '') ?? '';
  counts.sessions.set(session.id, session);
}

function countRecords(file: Parsed, counts: Recount, seen: Set<string>): void {
  for (const line of file.lines) {
    counts.records++;
    const type = line.type ?? '';
    counts.byType[type] = (counts.byType[type] ?? 0) + 1;
    const session = counts.sessions.get(file.sessionId);
    if (session !== undefined && line.timestamp !== undefined) {
      if (session.firstTs === '' || line.timestamp < session.firstTs) session.firstTs = line.timestamp;
      if (line.timestamp > session.lastTs) session.lastTs = line.timestamp;
    }
    if (line.uuid === undefined) continue;
    const key = `${file.sessionId} ${line.uuid}`;
    if (seen.has(key)) counts.duplicates++;
    seen.add(key);
  }
}

interface UsageLine {
  file: Parsed;
  sidechain: boolean;
  messageId: string;
  requestId: string;
  usage: NonNullable<Message['usage']>;
}

function usageLines(files: readonly Parsed[]): UsageLine[] {
  const found: UsageLine[] = [];
  for (const file of files) {
    for (const { type, message, requestId, isSidechain } of file.lines) {
      // Rule 5: progress records and made-up models never count.
      if (type !== 'assistant' || message?.usage === undefined || message.id === undefined || message.model === '<synthetic>') continue;
      found.push({ file, sidechain: isSidechain === true, messageId: message.id, requestId: requestId ?? '', usage: message.usage });
    }
  }
  return found;
}

function countUsage(files: readonly Parsed[], counts: Recount, agents: ReadonlyMap<string, AgentCount>): void {
  const all = usageLines(files);
  const requestsInMain = new Map<string, Set<string>>();
  for (const line of all) {
    if (line.sidechain) continue;
    const requests = requestsInMain.get(line.messageId) ?? new Set();
    requestsInMain.set(line.messageId, requests.add(line.requestId));
  }
  const calls = new Map<string, UsageLine[]>();
  for (const line of all) {
    // Rule 3: a sidechain line that repeats a main thread's message under another request is a replay.
    const known = requestsInMain.get(line.messageId);
    if (line.sidechain && known !== undefined && !known.has(line.requestId)) continue;
    const key = `${line.messageId} ${line.requestId}`;
    const group = calls.get(key);
    if (group === undefined) calls.set(key, [line]);
    else group.push(line);
  }
  for (const group of calls.values()) {
    // Rule 2: the largest output is the final one.
    const { usage } = group.reduce((best, line) => ((line.usage.output_tokens ?? 0) > (best.usage.output_tokens ?? 0) ? line : best));
    // Rule 4: of the sessions that have the call, the one that ended first had it first.
    const holders = [...new Set(group.map((line) => line.file.sessionId))]
      .sort((a, b) => ((counts.sessions.get(a)?.lastTs ?? '') < (counts.sessions.get(b)?.lastTs ?? '') ? -1 : 1));
    const ofOwner = group.filter((line) => line.file.sessionId === holders[0]);
    const kept = ofOwner.find((line) => !line.sidechain) ?? (ofOwner[0] as UsageLine);
    add(counts.totals, usage);
    const session = counts.sessions.get(holders[0] as string);
    if (session !== undefined) add(session.rollup, usage);
    if (!kept.sidechain && session !== undefined) add(session.own, usage);
    const agent = agents.get(kept.file.path);
    if (agent !== undefined) add(agent.usage, usage);
    for (const later of holders.slice(1)) {
      const heir = counts.sessions.get(later);
      if (heir !== undefined) add(heir.inherited, usage);
    }
  }
}

/** What each trace says about the call that started an agent; null where it says nothing. */
function linkAgents(files: readonly Parsed[], metas: Files, agents: ReadonlyMap<string, AgentCount>): void {
  const byId = new Map([...agents.values()].map((agent) => [`${agent.sessionId} ${agent.id}`, agent]));
  const toolByPrompt = new Map<string, string>();
  for (const { sessionId, lines } of files) {
    for (const line of lines) {
      const content = Array.isArray(line.message?.content) ? line.message.content : [];
      const fromResult = byId.get(`${sessionId} ${line.toolUseResult?.agentId}`);
      if (fromResult !== undefined) fromResult.result = content[0]?.tool_use_id ?? null;
      const fromProgress = line.data?.type === 'agent_progress' ? byId.get(`${sessionId} ${line.data.agentId}`) : undefined;
      if (fromProgress !== undefined) fromProgress.progress = line.parentToolUseID ?? null;
      for (const block of content) {
        if (block.type === 'tool_use' && block.input?.prompt !== undefined) toolByPrompt.set(`${sessionId} ${block.input.prompt}`, block.id ?? '');
      }
    }
  }
  for (const file of files) {
    const agent = agents.get(file.path);
    if (agent === undefined) continue;
    const first = file.lines.find((line) => line.type === 'user');
    if (first !== undefined) agent.prompt = toolByPrompt.get(`${file.sessionId} ${promptText(first)}`) ?? null;
    const meta = metas.get(file.path.replace(/\.jsonl$/, '.meta.json'));
    if (meta !== undefined) agent.meta = (JSON.parse(meta.toString()) as { toolUseId?: string }).toolUseId ?? null;
  }
}

/** files: paths relative to the root (with /) and their bytes; .meta.json files are read too. */
export function recount(files: Files): Recount {
  const counts: Recount = {
    lines: 0, blankLines: 0, records: 0, duplicates: 0, byType: {}, rejects: { invalid_json: 0, glued: 0, not_an_object: 0 },
    tails: { files: 0, bytes: 0 }, totals: zero(), sessions: new Map(), agents: [],
  };
  const parsed = [...files].filter(([path]) => path.endsWith('.jsonl')).map(([path, bytes]) => parseFile(path, bytes, counts));
  for (const file of parsed) if (file.agentId === null) countSession(file, counts);
  const seen = new Set<string>();
  for (const file of parsed) countRecords(file, counts, seen);
  counts.agents = parsed.filter((file) => file.agentId !== null).map((file) => ({
    id: file.agentId as string, sessionId: file.sessionId, path: file.path, usage: zero(), meta: null, result: null, progress: null, prompt: null,
  }));
  const agents = new Map(counts.agents.map((agent) => [agent.path, agent]));
  countUsage(parsed, counts, agents);
  linkAgents(parsed, files, agents);
  return counts;
}
