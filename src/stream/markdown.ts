// One session as a transcript to read or to share: what was asked, what was answered, which tools
// ran and what they gave. The main thread alone; subagents are counted in the head.
// Log text never breaks the page: fences are longer than any run of backticks inside, prompts are
// quoted line by line, and a fence that an answer leaves open is closed.

import { LakeError } from '../core/errors.ts';
import type { Page } from '../core/answers/page.ts';
import type { Questions } from '../core/answers/questions.ts';
import type { LakeRecord, RecordQuery } from '../core/answers/record.ts';
import type { SessionItem } from '../core/answers/session-item.ts';
import { throwIfCut } from './cut.ts';
import { TextChunks } from './text-chunks.ts';

const PAGE_RECORDS = 1000;
type Asked = Pick<Questions, 'records' | 'session' | 'messages'>;

/** `query.filter.session` names the session; `rewrites` says of its source whether it writes messages again. Throws `not_found` before the first chunk. */
export async function* markdown(
  questions: Asked,
  query: RecordQuery,
  rewrites: (source: string) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const { session: id } = query.filter;
  if (id === undefined) {
    throw new LakeError('invalid_parameter', 'A transcript is of one session.', { parameter: 'session' });
  }
  const session = await questions.session(id);
  const filter = { agent: null, withRole: true, ...query.filter, session: id };
  // Of several files, the one that was read first need not be the one that was written first.
  const batches = rewrites(session.source) || session.files > 1 ? paged(questions, { ...query, filter }, signal) : questions.records({ ...query, filter }, 'text', signal);
  const transcript = new Transcript();
  const chunks = new TextChunks();
  let last = query.after;
  chunks.add(head(session));
  for await (const batch of batches) {
    for (const record of batch) {
      const chunk = chunks.add(transcript.entry(record));
      last = Number(record.offset);
      if (chunk !== undefined) yield chunk;
    }
  }
  throwIfCut(signal, last);
  const rest = chunks.take();
  if (rest !== undefined) yield rest;
}

/** In the order of pages; where messages are written again, each once, as it was written last. */
async function* paged(questions: Asked, { filter, after, upto, duplicates }: RecordQuery & { filter: { session: string } }, signal?: AbortSignal): AsyncGenerator<LakeRecord[], void> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    if (signal?.aborted === true) return;
    const page: Page<LakeRecord> = await questions.messages({ filter, order: 'asc', content: 'text', duplicates, limit: PAGE_RECORDS, ...(cursor !== '' && { cursor }) });
    yield page.items.filter(({ offset }) => Number(offset) > after && Number(offset) <= upto);
    cursor = page.next_cursor;
  }
}

function head(session: SessionItem): string {
  const { usage_rollup: usage } = session;
  const facts: [string, string | null][] = [
    ['Session', session.id],
    ['Source', session.source],
    ['Project', session.cwd ?? session.project],
    ['Started', session.started_at],
    ['Last activity', session.last_activity],
    ['Models', session.models.join(', ') || null],
    ['Messages', String(session.message_count)],
    ['Tool calls', String(session.tool_call_count)],
    ['Subagents', session.subagent_count > 0 ? `${session.subagent_count} (not shown here)` : null],
    ['Tokens', `${usage.input_tokens} in, ${usage.output_tokens} out, ${usage.cache_read_input_tokens} read from cache`],
    ['Cost', session.cost_rollup_usd === null ? null : `$${session.cost_rollup_usd.toFixed(2)}`],
  ];
  const list = facts.flatMap(([name, value]) => (value === null ? [] : [`- ${name}: ${codeSpan(value)}`]));
  return `# ${plain(session.title ?? `Session ${session.id}`)}\n\n${list.join('\n')}\n`;
}

/** Turns are counted by their prompts; answers and tools belong to the turn they follow. */
class Transcript {
  #turns = 0;
  readonly #toolNames = new Map<string, string>();

  entry(record: LakeRecord): string {
    const text = record.text ?? '';
    if (record.tools.length > 0) return this.#calls(record, text);
    if (record.tool_results.length > 0) return this.#results(record, text);
    if (text.trim() === '') return '';
    if (record.role === 'user') {
      this.#turns += 1;
      const time = record.ts === null ? '' : ` · ${record.ts}`;
      return `\n## ${this.#turns}. Prompt${time}\n\n${quoted(text)}\n`;
    }
    return `\n**${plain(record.role ?? 'unknown')}**${model(record)}\n\n${withFencesClosed(text)}\n`;
  }

  #calls(record: LakeRecord, text: string): string {
    for (const tool of record.tools) if (tool.id !== null) this.#toolNames.set(tool.id, tool.name);
    // Some agents tell what came of a call with the call.
    const failed = new Set(record.tool_results.flatMap(({ id, is_error: isError }) => (isError && id !== null ? [id] : [])));
    const names = record.tools.map(({ id, name }) => `${codeSpan(name)}${id !== null && failed.has(id) ? ' (error)' : ''}`);
    return `\n**Tool call:** ${names.join(', ')}\n${block(text)}`;
  }

  #results(record: LakeRecord, text: string): string {
    const names = record.tool_results.map(({ id, is_error: failed }) => {
      const name = codeSpan(id === null ? 'tool' : this.#takeName(id));
      return failed ? `${name} (error)` : name;
    });
    return `\n**Tool result:** ${names.join(', ')}\n${block(text)}`;
  }

  /** A call is answered once: what is answered need not be remembered. */
  #takeName(id: string): string {
    const name = this.#toolNames.get(id) ?? 'tool';
    this.#toolNames.delete(id);
    return name;
  }
}

function model({ model: name }: LakeRecord): string {
  return name === null ? '' : ` · ${codeSpan(name)}`;
}

function block(text: string): string {
  return text === '' ? '' : `\n${fenced(text)}\n`;
}

/** A code block whose fence is longer than any run of backticks in the text. */
export function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${text.endsWith('\n') ? text : `${text}\n`}${fence}`;
}

function codeSpan(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${ticks}${padding}${oneLine(text)}${padding}${ticks}`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

function quoted(text: string): string {
  return text.trimEnd().split(/\r\n?|\n/).map((line) => (line === '' ? '>' : `> ${line}`)).join('\n');
}

/** Text on one line that is nothing but text. */
function plain(text: string): string {
  return oneLine(text).replaceAll(/[\\`*_[\]<>#|~]/g, String.raw`\$&`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Answers are Markdown themselves; one that was cut in a code block would swallow all that follows. */
export function withFencesClosed(text: string): string {
  let open: string | undefined;
  for (const line of text.split(/\r\n?|\n/)) {
    const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    const [, marks = '', rest = ''] = fence ?? [];
    if (marks === '') continue;
    if (open === undefined) {
      // A backtick fence with a backtick in its info string is inline code.
      if (marks[0] !== '`' || !rest.includes('`')) open = marks;
    } else if (marks.startsWith(open) && rest.trim() === '') {
      open = undefined;
    }
  }
  return open === undefined ? text : `${text.endsWith('\n') ? text : `${text}\n`}${open}`;
}
