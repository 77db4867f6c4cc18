// Claude Code: one line is one content block, a session event or a note about the session.
// Records of every type are kept; what an unknown type means is left open, never an error.
// Observed on versions 1.x to 2.1.18x; the writer is closed source.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { CallExtras } from '../../core/scan-batch.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { JsonObject, LineFacts, SourceAdapter, UsageNumbers } from '../adapter.ts';
import { arrayOf, countOf, idOf, keyOf, objectOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { noteOddity } from '../oddities.ts';
import { titled } from '../title.ts';
import { readLinks, readTask } from './links.ts';
import { accepts, defaultRoots, describe } from './path.ts';
import { promptText, renamedTo } from './prompt.ts';
import { claudeShape } from './shape.ts';
import { readSidecar } from './sidecar.ts';
import { begin, chainAgent, enterSession } from './state.ts';
import type { ClaudeState } from './state.ts';
import { writeTextOfLine } from './text-bytes.ts';
import { textOfLine } from './text.ts';

/** API errors are written as messages of this model; they cost nothing and are no call. */
const SYNTHETIC_MODEL = '<synthetic>';
const STANDARD = 'standard';

export const claudeCode: SourceAdapter<ClaudeState> = {
  id: 'claude-code',
  identifies: 'messages and tools',
  defaultRoots,
  accepts,
  describe,
  begin,
  sidecar: readSidecar,
  shape: () => claudeShape,
  line: readLine,
  text: textOfLine,
  writeText: writeTextOfLine,
};

function readLine(value: JsonObject, facts: LineFacts, state: ClaudeState): void {
  const session = keyOf(value['sessionId']);
  if (session !== null && !state.certain) enterSession(state, safeId(session));
  facts.session = state.session;
  facts.type = stringOf(value['type']);
  facts.ts = timeOf(value['timestamp']);
  facts.uuid = idOf(value['uuid']);
  facts.parentUuid = idOf(value['parentUuid']);
  facts.sidechain = value['isSidechain'] === true;
  facts.agent = agentOf(value, facts, state);
  readCwd(value, facts, state);
  if (facts.type === 'user' || facts.type === 'assistant') readMessage(value, facts);
  readLinks(value, facts, state);
  readTitle(value, facts, state);
}

function agentOf(value: JsonObject, facts: LineFacts, state: ClaudeState): string | null {
  const named = stringOf(value['agentId']);
  if (state.agent !== null) return safeId(named ?? state.agent);
  if (facts.sidechain) return named === null ? chainAgent(state, facts.uuid, facts.parentUuid) : safeId(named);
  return facts.uuid === null && named !== null ? safeId(named) : null;
}

function readCwd(value: JsonObject, facts: LineFacts, state: ClaudeState): void {
  const cwd = stringOf(value['cwd']);
  if (cwd === null || cwd === state.cwd) return;
  state.cwd = cwd;
  facts.cwd = cwd;
}

function readMessage(value: JsonObject, facts: LineFacts): void {
  const message = partOf(value['message']);
  facts.role = stringOf(message?.['role']) ?? facts.type;
  facts.error = value['isApiErrorMessage'] === true;
  if (message === null) return;
  facts.model = stringOf(message['model']);
  for (const item of arrayOf(message['content'])) readBlock(objectOf(item), facts);
  const usage = facts.type === 'assistant' ? partOf(message['usage']) : null;
  if (usage === null) return;
  facts.usage = usageOf(usage);
  facts.extras = extrasOf(usage);
  facts.counted = facts.model !== SYNTHETIC_MODEL;
  facts.callId = keyOf(message['id']);
  if (facts.counted && facts.callId === null) noteOddity('missing_id');
  facts.requestId = stringOf(value['requestId']);
}

function readBlock(block: JsonObject | null, facts: LineFacts): void {
  if (block === null) return;
  const type = block['type'];
  if (type === 'tool_use') {
    const id = stringOf(block['id']);
    const name = stringOf(block['name']) ?? 'unknown';
    facts.tools.push({ id, name });
    readTask(id, name, objectOf(block['input']), facts);
  } else if (type === 'tool_result') {
    const isError = block['is_error'] === true;
    facts.toolResults.push({ id: stringOf(block['tool_use_id']), is_error: isError });
    if (isError) facts.error = true;
  }
}

/** The fast mode is a price of its own, as a service tier is. */
function extrasOf(usage: JsonObject): CallExtras | null {
  const [speed, tier] = [stringOf(usage['speed']), stringOf(usage['service_tier'])];
  const named = speed !== null && speed !== STANDARD ? speed : tier !== STANDARD ? tier : null;
  const webSearches = countOf(objectOf(usage['server_tool_use'])?.['web_search_requests']);
  return named === null && webSearches === 0 ? null : { tier: named, webSearches };
}

/** Logs before the split by lifetime have no `cache_creation` object: all of it counts as five minutes'. */
function usageOf(usage: JsonObject): UsageNumbers {
  const cacheCreation = countOf(usage['cache_creation_input_tokens']);
  return {
    input: countOf(usage['input_tokens']),
    output: countOf(usage['output_tokens']),
    cacheCreation,
    cacheRead: countOf(usage['cache_read_input_tokens']),
    // A part of it, whatever a broken line says: the rest is five minutes', and no less than nothing.
    cacheCreation1h: Math.min(cacheCreation, countOf(objectOf(usage['cache_creation'])?.['ephemeral_1h_input_tokens'])),
  };
}

function readTitle(value: JsonObject, facts: LineFacts, state: ClaudeState): void {
  if (facts.type === 'custom-title') facts.title = titled(TITLE_RANK.chosen, stringOf(value['customTitle']));
  else if (facts.type === 'ai-title') facts.title = titled(TITLE_RANK.generated, stringOf(value['aiTitle']));
  else if (facts.type === 'summary') facts.title = titled(state.prompted ? TITLE_RANK.summary : TITLE_RANK.placeholder, stringOf(value['summary']));
  else if (facts.agent !== null || facts.toolResults.length > 0) return;
  else if (facts.type === 'system') facts.title = titled(TITLE_RANK.chosen, renamedTo(value['content']));
  else if (facts.type === 'user' || facts.type === 'attachment') readPrompt(value, facts, state);
}

function readPrompt(value: JsonObject, facts: LineFacts, state: ClaudeState): void {
  const prompt = promptText(value);
  if (prompt === null) return;
  facts.prompt = true;
  if (state.prompted) return;
  state.prompted = true;
  facts.title = titled(TITLE_RANK.prompt, prompt);
}
