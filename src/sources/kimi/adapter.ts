// Kimi CLI: <root>/<folder>/<session>/wire.jsonl, the events between its agent and its interface. What a
// step used is told in StatusUpdate. What a subagent does comes wrapped, and in newer versions in a log of its
// own, too. Written from its documentation and others' readers: few samples were seen.

import { safeId } from '../../core/bytes/safe-id.ts';
import { plausibleMs } from '../../core/time/time.ts';
import type { Environment, FileVerdict, JsonObject, LineFacts, PathFacts, SourceAdapter } from '../adapter.ts';
import { joined } from '../blocks.ts';
import { objectOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { beginSession, placeLine, tellFolder, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';
import { codeText, isCodeEvent, readCodeEvent, textsOf } from './code.ts';
import { usageNumbers } from '../usage-numbers.ts';

interface KimiState extends OwnSession {
  model: string | null;
  /** Subagents whose start was told, the newest last. */
  started?: string[];
}

const MAX_STARTED = 64;
/** Of Kimi Code. */
const MAIN_AGENT = 'main';

const ROLES: ReadonlyMap<unknown, string> = new Map([['TurnBegin', 'user'], ['ContentPart', 'assistant'], ['TextPart', 'assistant'], ['ToolCall', 'assistant'], ['ToolResult', 'tool']]);

export const kimi: SourceAdapter<KimiState> = {
  id: 'kimi',
  identifies: 'tools',
  defaultRoots: ({ env, home }: Environment) => {
    const base = env['KIMI_DATA_DIR'];
    return base ? [`${base}/sessions`] : [`${home}/.kimi/sessions`, `${home}/.kimi-code/sessions`];
  },
  accepts: (path): FileVerdict => (/(^|\/)wire\.jsonl$/.test(path) ? 'source' : 'other'),
  describe,
  begin: (path) => ({ ...beginSession(path), model: null }),
  shape: () => null,
  line: readLine,
  text: (value) => (isCodeEvent(value) ? codeText(value) : textOf(eventOf(value))),
};

function describe(root: string, path: string): PathFacts {
  const folders = path.split('/').slice(0, -1);
  const rootName = root.split('/').findLast((part) => part !== '') ?? 'root';
  const agents = folders.lastIndexOf('agents');
  if (agents >= 1 && agents === folders.length - 2) {
    const agent = folders.at(-1) as string;
    return { project: safeId(folders[agents - 2] ?? rootName), session: safeId(folders[agents - 1] as string), certain: true, agent: agent === MAIN_AGENT ? null : safeId(agent) };
  }
  const subagents = folders.lastIndexOf('subagents');
  if (subagents >= 1) {
    return { project: safeId(folders[subagents - 2] ?? rootName), session: safeId(folders[subagents - 1] as string), certain: true, agent: safeId(folders.slice(subagents + 1).join('.')) };
  }
  return { project: safeId(folders.at(-2) ?? rootName), session: safeId(folders.at(-1) ?? rootName), certain: true, agent: null };
}

/** An event in its envelope, or bare. */
function eventOf(value: JsonObject): { type: string | null; payload: JsonObject } {
  const message = partOf(value['message']) ?? value;
  return { type: stringOf(message['type']), payload: objectOf(message['payload']) ?? message };
}

function readLine(value: JsonObject, facts: LineFacts, state: KimiState): void {
  placeLine(facts, state, null);
  facts.ts = msOf(value['timestamp'] ?? value['time'] ?? value['created_at']);
  if (isCodeEvent(value)) {
    readCodeEvent(value, facts, state);
    return;
  }
  const { type, payload } = eventOf(value);
  facts.type = type;
  if (type === 'SubagentEvent') readSubagent(payload, facts, state);
  else readEvent(type, payload, facts, state);
}

/** One that has an id has a log of its own, where its messages are. Its calls have the same keys there. */
function readSubagent(told: JsonObject, facts: LineFacts, state: KimiState): void {
  const call = stringOf(told['parent_tool_call_id']) ?? stringOf(told['task_tool_call_id']);
  const id = stringOf(told['agent_id']);
  const agent = id ?? call;
  const { type, payload } = eventOf(objectOf(told['event']) ?? {});
  if (agent === null) return;
  facts.agent = safeId(state.agent === null ? agent : `${state.agent}.${agent}`);
  if (call !== null) readStart(call, stringOf(told['subagent_type']), facts, state);
  if (id === null) readEvent(type, payload, facts, state);
  else if (type === 'StatusUpdate' && stringOf(payload['message_id']) !== null) readUsage(payload, facts, state);
}

function readStart(call: string, agentType: string | null, facts: LineFacts, state: KimiState): void {
  const agent = facts.agent as string;
  const started = (state.started ??= []);
  if (started.includes(agent)) return;
  started.push(agent);
  if (started.length > MAX_STARTED) started.shift();
  facts.links.push({ agent, toolUseId: call, rule: 'event' });
  facts.tasks.push({ toolUseId: call, agentType, description: null });
}

function readEvent(type: string | null, payload: JsonObject, facts: LineFacts, state: KimiState): void {
  facts.role = ROLES.get(type) ?? null;
  tellFolder(facts, state, stringOf(payload['cwd']));
  state.model = stringOf(payload['model']) ?? stringOf(payload['modelAlias']) ?? state.model;
  if (type === 'ToolCall') facts.tools.push({ id: stringOf(payload['id']), name: stringOf(objectOf(payload['function'])?.['name']) ?? stringOf(payload['name']) ?? 'unknown' });
  if (type === 'ToolResult') readResult(payload, facts);
  if (type === 'StatusUpdate') readUsage(payload, facts, state);
  if (type === 'TurnBegin' && facts.agent === null) tellPrompt(facts, state, joined(textsOf(payload['user_input'])));
}

/** Seconds, with a fraction, or ISO 8601. */
function msOf(value: unknown): number {
  if (typeof value !== 'number') return timeOf(value);
  return plausibleMs(value < 1e11 ? Math.round(value * 1000) : value);
}

function readResult(payload: JsonObject, facts: LineFacts): void {
  const result = objectOf(payload['return_value']) ?? objectOf(payload['result']);
  const isError = result?.['is_error'] === true || payload['is_error'] === true;
  facts.toolResults.push({ id: stringOf(payload['tool_call_id']), is_error: isError });
  if (isError) facts.error = true;
}

function readUsage(payload: JsonObject, facts: LineFacts, state: KimiState): void {
  const usage = partOf(payload['token_usage']);
  if (usage === null) return;
  facts.model = state.model;
  facts.usage = usageNumbers(usage, { input: 'input_other', output: 'output', cacheCreation: 'input_cache_creation', cacheRead: 'input_cache_read' });
  facts.counted = true;
  const message = stringOf(payload['message_id']);
  facts.callId = message === null ? null : `kimi:${message}`;
}

function textOf({ type, payload }: { type: string | null; payload: JsonObject }): string | null {
  const inner = type === 'SubagentEvent' ? objectOf(payload['event']) : null;
  if (inner !== null) return textOf(eventOf(inner));
  if (type === 'ToolCall') return stringOf(objectOf(payload['function'])?.['arguments']);
  const result = objectOf(payload['return_value']) ?? objectOf(payload['result']);
  return joined([...textsOf(payload['user_input']), ...textsOf(payload['text']), ...textsOf(payload['think']), ...textsOf(result?.['output'])]);
}
