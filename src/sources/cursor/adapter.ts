// Cursor's transcripts: <root>/<project>/agent-transcripts/<session>/<session>.jsonl. Lines of a role and
// content blocks; no ids, no times, no usage.

import { safeId } from '../../core/bytes/safe-id.ts';
import type { Environment, FileVerdict, JsonObject, LineFacts, PathFacts, SourceAdapter } from '../adapter.ts';
import { contentTexts, joined, tellTools } from '../blocks.ts';
import { partOf, stringOf } from '../json-value.ts';
import { beginSession, placeLine, tellPrompt } from '../own-session.ts';
import type { OwnSession } from '../own-session.ts';

export const cursor: SourceAdapter<OwnSession> = {
  id: 'cursor',
  identifies: 'nothing',
  defaultRoots: ({ env, home }: Environment) => [env['CURSOR_PROJECTS_DIR'] || `${home}/.cursor/projects`],
  // A session's own transcript is known by its name, too: a root may be `agent-transcripts`.
  accepts: (path): FileVerdict => (/(^|\/)agent-transcripts\/(.+\/)?[^/]+\.jsonl$|(^|\/)([^/]+)\/\4\.jsonl$/.test(path) ? 'source' : 'other'),
  describe,
  begin: beginSession,
  shape: () => null,
  line: readLine,
  text: (value) => joined(contentTexts(contentOf(value))),
};

function describe(root: string, path: string): PathFacts {
  const folders = path.split('/');
  const stem = (folders.pop() ?? '').replace(/\.jsonl$/, '');
  const transcripts = folders.lastIndexOf('agent-transcripts');
  const project = safeId(folders[transcripts - 1] ?? root.split('/').findLast((part) => part !== '') ?? 'root');
  const session = folders[transcripts + 1];
  // Beside a session's own transcript there may be those of its subagents.
  if (session !== undefined && session !== stem) return { project, session: safeId(session), certain: true, agent: safeId(stem) };
  return { project, session: safeId(stem), certain: true, agent: null };
}

function contentOf(value: JsonObject): unknown {
  return partOf(value['message'])?.['content'] ?? value['content'];
}

function readLine(value: JsonObject, facts: LineFacts, state: OwnSession): void {
  placeLine(facts, state, null);
  facts.role = stringOf(value['role']);
  facts.type = stringOf(value['type']) ?? facts.role;
  tellTools(contentOf(value), facts);
  if (facts.role === 'user') tellPrompt(facts, state, promptOf(joined(contentTexts(contentOf(value)))));
}

/** What the user typed stands in a tag of its own. */
function promptOf(text: string | null): string | null {
  return text === null ? null : (/<user_query>\s*([\s\S]*?)\s*<\/user_query>/.exec(text)?.[1] ?? text);
}
