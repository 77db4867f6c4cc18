// Factory droid: <root>/<folder>/<session>.jsonl of messages; beside it <session>.settings.json, rewritten,
// which alone has the tokens: of the whole session, so the newest version is its one call.

import { safeId } from '../../core/bytes/safe-id.ts';
import { TITLE_RANK } from '../adapter.ts';
import type { Environment, FileVerdict, JsonObject, LineFacts, PathFacts, SourceAdapter } from '../adapter.ts';
import { contentTexts, joined, tellTools } from '../blocks.ts';
import { countOf, keyOf, objectOf, partOf, stringOf, timeOf } from '../json-value.ts';
import { mirroredItem } from '../mirrored.ts';
import { beginSession, placeLine, tellFolder, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';
import { tellVersion } from '../versions.ts';

export const droid: SourceAdapter<OwnSession> = {
  id: 'droid',
  identifies: 'messages and tools',
  defaultRoots: ({ env, home }: Environment) => [env['DROID_SESSIONS_DIR'] || `${home}/.factory/sessions`],
  accepts: (path): FileVerdict => (path.endsWith('.jsonl') ? 'source' : 'other'),
  describe,
  begin: beginSession,
  versions: true,
  shape: () => null,
  line: readLine,
  text: (value) => joined(contentTexts(objectOf(value['message'])?.['content'])) ?? stringOf(value['title']),
};

function describe(root: string, path: string): PathFacts {
  const folders = path.split('/');
  const stem = (folders.pop() ?? '').replace(/(\.settings)?\.jsonl$/, '');
  return { project: safeId(folders.at(-1) ?? root.split('/').findLast((part) => part !== '') ?? 'root'), session: safeId(stem), certain: true, agent: null };
}

function readLine(value: JsonObject, facts: LineFacts, state: OwnSession): void {
  placeLine(facts, state, null);
  const mirrored = mirroredItem(value);
  if (mirrored !== null) {
    readSettings(mirrored.item, mirrored.observedMs, facts);
    tellVersion(facts, state.versions);
    return;
  }
  facts.type = stringOf(value['type']);
  facts.ts = timeOf(value['timestamp']);
  tellFolder(facts, state, stringOf(value['cwd']));
  if (facts.type === 'session_start') readTitle(value, facts);
  else facts.uuid = keyOf(value['id']);
  facts.parentUuid = keyOf(value['parentId']);
  const message = partOf(value['message']);
  if (facts.type === 'message' && message !== null) readMessage(message, facts, state);
}

function readTitle(value: JsonObject, facts: LineFacts): void {
  const title = stringOf(value['title']);
  if (title !== null) facts.title = { rank: TITLE_RANK.prompt, title };
}

function readMessage(message: JsonObject, facts: LineFacts, state: OwnSession): void {
  facts.role = stringOf(message['role']);
  facts.model = stringOf(message['model']);
  tellTools(message['content'], facts);
  if (facts.role === 'user' && facts.toolResults.length === 0) tellPrompt(facts, state, joined(contentTexts(message['content'])));
}

function readSettings(settings: JsonObject, observedMs: number, facts: LineFacts): void {
  facts.type = 'settings';
  // The only time in them is when the session's provider was settled, which a copy of the file does not change.
  const settledMs = timeOf(settings['providerLockTimestamp']);
  facts.ts = Number.isNaN(settledMs) ? observedMs : settledMs;
  facts.uuid = 'settings';
  facts.model = stringOf(settings['model'])?.replace(/^custom:/, '') ?? null;
  const usage = partOf(settings['tokenUsage']);
  if (usage === null) return;
  const cacheCreation = countOf(usage['cacheCreationTokens']);
  facts.usage = {
    input: countOf(usage['inputTokens']),
    // Thinking is part of the output.
    output: countOf(usage['outputTokens']),
    cacheCreation,
    cacheRead: countOf(usage['cacheReadTokens']),
    cacheCreation1h: 0,
  };
  facts.counted = true;
  facts.callId = `droid:${facts.session}`;
}
