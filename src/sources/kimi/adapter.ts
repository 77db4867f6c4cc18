// Kimi CLI: <root>/<folder>/<session>/wire.jsonl, the events between its agent and its interface. What a
// step used is told in StatusUpdate. Written from its documentation and others' readers: few samples were seen.

import { safeId } from '../../core/bytes/safe-id.ts';
import { plausibleMs } from '../../core/time/time.ts';
import type { Environment, FileVerdict, JsonObject, LineFacts, PathFacts, SourceAdapter } from '../adapter.ts';
import { joined } from '../blocks.ts';
import { arrayOf, countOf, objectOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { beginSession, placeLine, tellFolder, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';

interface KimiState extends OwnSession {
  model: string | null;
}

const ROLES: Readonly<Record<string, string>> = { TurnBegin: 'user', ContentPart: 'assistant', TextPart: 'assistant', ToolCall: 'assistant', ToolResult: 'tool' };

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
  text: (value) => textOf(eventOf(value)),
};

function describe(root: string, path: string): PathFacts {
  const folders = path.split('/').slice(0, -1);
  const rootName = root.split('/').findLast((part) => part !== '') ?? 'root';
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
  const { type, payload } = eventOf(value);
  facts.type = type;
  facts.ts = msOf(value['timestamp'] ?? value['time']);
  facts.role = ROLES[type ?? ''] ?? null;
  tellFolder(facts, state, stringOf(payload['cwd']));
  state.model = stringOf(payload['model']) ?? stringOf(payload['modelAlias']) ?? state.model;
  if (type === 'ToolCall') facts.tools.push({ id: stringOf(payload['id']), name: stringOf(objectOf(payload['function'])?.['name']) ?? stringOf(payload['name']) ?? 'unknown' });
  if (type === 'ToolResult') readResult(payload, facts);
  if (type === 'StatusUpdate') readUsage(payload, facts, state);
  if (type === 'TurnBegin') tellPrompt(facts, state, joined(textsOf(payload['user_input'])));
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
  facts.usage = {
    input: countOf(usage['input_other']),
    output: countOf(usage['output']),
    cacheCreation: countOf(usage['input_cache_creation']),
    cacheRead: countOf(usage['input_cache_read']),
    cacheCreation1h: 0,
  };
  facts.counted = true;
  const message = stringOf(payload['message_id']);
  facts.callId = message === null ? null : `kimi:${message}`;
}

function textOf({ type, payload }: { type: string | null; payload: JsonObject }): string | null {
  if (type === 'ToolCall') return stringOf(objectOf(payload['function'])?.['arguments']);
  const result = objectOf(payload['return_value']) ?? objectOf(payload['result']);
  return joined([...textsOf(payload['user_input']), ...textsOf(payload['text']), ...textsOf(payload['think']), ...textsOf(result?.['output'])]);
}

function textsOf(value: unknown): string[] {
  const text = stringOf(value);
  return text === null ? arrayOf(value).flatMap((part) => stringOf(objectOf(part)?.['text']) ?? []) : [text];
}
