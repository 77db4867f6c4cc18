// OpenCode: mirrored versions of sessions, messages with their parts, and (from the older JSON tree) parts
// alone.

import { safeId } from '../../core/bytes/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts } from '../adapter.ts';
import { joined, toolText } from '../blocks.ts';
import { countOf, objectOf, objectsOf, partOf, stringOf } from '../json-value.ts';
import { mirroredSource } from '../mirrored-source.ts';
import { tellPlace, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';

const TASK_TOOL = 'task';
/** What a session is called until there is something to call it by: the first prompt says more. */
const UNTITLED = /^(New|Child) session - \d{4}-\d{2}-\d{2}T/;
/** Folders of OpenCode's that hold no sessions: snapshots of whole projects, checkouts, what is told elsewhere. */
const ASIDE = /(^|\/)(snapshot|worktree|repos|bin|log|cache|tool-output|node_modules|\.git)$|(^|\/)storage\/(?!(session|message|part)$)[^/]+$/;

export const opencode = mirroredSource({
  id: 'opencode',
  identifies: 'tools',
  defaultRoots: ({ env, home }) => [env['OPENCODE_DATA_DIR'] || `${env['XDG_DATA_HOME'] || `${home}/.local/share`}/opencode`],
  enters: (folder) => !ASIDE.test(folder),
  read: readItem,
  text: textOf,
});

function readItem(item: JsonObject, observedMs: number, facts: LineFacts, state: OwnSession): void {
  facts.ts = observedMs;
  const session = objectOf(item['session']);
  const info = objectOf(item['info']);
  const part = objectOf(item['part']);
  if (session !== null) readSession(session, facts, state);
  else if (info !== null) readMessage(info, partsOf(item), facts, state);
  else if (part !== null) readLonePart(part, facts);
}

function readSession(session: JsonObject, facts: LineFacts, state: OwnSession): void {
  facts.type = 'session';
  facts.ts = msOf(objectOf(session['time'])?.['created'] ?? session['time_created']);
  const title = stringOf(session['title']);
  if (title !== null && facts.agent === null) facts.title = { rank: UNTITLED.test(title) ? TITLE_RANK.placeholder : TITLE_RANK.generated, title };
  tellPlace(facts, state, stringOf(session['directory']));
}

function readMessage(info: JsonObject, parts: readonly JsonObject[], facts: LineFacts, state: OwnSession): void {
  facts.type = 'message';
  facts.role = stringOf(info['role']);
  facts.ts = msOf(objectOf(info['time'])?.['created']);
  facts.model = stringOf(info['modelID']) ?? stringOf(objectOf(info['model'])?.['modelID']);
  facts.parentUuid = keyOf(info['parentID']);
  facts.error = objectOf(info['error']) !== null;
  for (const part of parts) readTool(part, facts);
  readUsage(info, facts);
  tellPlace(facts, state, stringOf(objectOf(info['path'])?.['cwd']));
  if (facts.role === 'user') tellPrompt(facts, state, joined(parts.flatMap((part) => (part['synthetic'] === true ? [] : (stringOf(part['text']) ?? [])))));
}

/** The message it belongs to is its parent, and not there: if it comes, it brings the part, and what it counts. */
function readLonePart(part: JsonObject, facts: LineFacts): void {
  facts.type = stringOf(part['type']);
  facts.parentUuid = keyOf(part['messageID']);
  facts.ts = msOf(objectOf(part['time'])?.['start']);
}

function readTool(part: JsonObject, facts: LineFacts): void {
  if (part['type'] !== 'tool') return;
  const id = stringOf(part['callID']);
  const state = objectOf(part['state']);
  facts.tools.push({ id, name: stringOf(part['tool']) ?? 'unknown' });
  if (part['tool'] === TASK_TOOL && id !== null) readTask(id, state, facts);
  const status = state?.['status'];
  if (status !== 'completed' && status !== 'error') return;
  facts.toolResults.push({ id, is_error: status === 'error' });
  if (status === 'error') facts.error = true;
}

/** The task works in a session of its own, below the one that started it. */
function readTask(id: string, state: JsonObject | null, facts: LineFacts): void {
  const input = objectOf(state?.['input']);
  facts.tasks.push({ toolUseId: id, agentType: stringOf(input?.['subagent_type']), description: stringOf(input?.['description']) });
  const metadata = objectOf(state?.['metadata']);
  const session = stringOf(metadata?.['sessionId']) ?? stringOf(metadata?.['sessionID']);
  if (session !== null) facts.links.push({ agent: safeId(session), toolUseId: id, rule: 'tool_result' });
}

/** Input comes without what was cached; reasoning is billed as output. */
function readUsage(info: JsonObject, facts: LineFacts): void {
  const tokens = partOf(info['tokens']);
  if (tokens === null) return;
  const cache = objectOf(tokens['cache']);
  facts.usage = {
    input: countOf(tokens['input']),
    output: countOf(tokens['output']) + countOf(tokens['reasoning']),
    cacheCreation: countOf(cache?.['write']),
    cacheRead: countOf(cache?.['read']),
    cacheCreation1h: 0,
  };
  facts.counted = true;
  facts.callId = `opencode:${stringOf(info['id']) ?? String(facts.uuid)}`;
}

function keyOf(id: unknown): string | null {
  const message = stringOf(id);
  return message === null ? null : `message:${message}`;
}

function msOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : Number.NaN;
}

function partsOf(item: JsonObject): JsonObject[] {
  return objectsOf(item['parts']);
}

function textOf(item: JsonObject): string | null {
  const part = objectOf(item['part']);
  const texts = (part === null ? partsOf(item) : [part]).flatMap(partTexts);
  return joined(texts) ?? stringOf(objectOf(item['session'])?.['title']);
}

function partTexts(part: JsonObject): string[] {
  const text = stringOf(part['text']);
  if (text !== null) return [text];
  if (part['type'] !== 'tool') return [];
  const state = objectOf(part['state']);
  return [toolText(objectOf(state?.['input']) ?? {}), stringOf(state?.['output']) ?? stringOf(state?.['error']) ?? ''].filter((line) => line !== '');
}
