// Reading log bytes for the recount: lines, records, what was rejected and why.
// JSON.parse decides; see recount.ts.

export type Files = ReadonlyMap<string, Buffer>;

export interface Tokens {
  calls: number;
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

interface Block {
  type?: string;
  text?: string;
  id?: string;
  tool_use_id?: string;
  input?: { prompt?: string };
}

export interface Message {
  id?: string;
  model?: string;
  content?: string | Block[];
  usage?: Partial<Record<Exclude<keyof Tokens, 'calls'>, number>>;
}

export interface Line {
  type?: string;
  uuid?: string;
  timestamp?: string;
  sessionId?: string;
  isSidechain?: boolean;
  isMeta?: boolean;
  isCompactSummary?: boolean;
  requestId?: string;
  message?: Message;
  toolUseResult?: { agentId?: string };
  attachment?: { type?: string };
  data?: { type?: string; agentId?: string };
  parentToolUseID?: string;
  customTitle?: string;
  aiTitle?: string;
  summary?: string;
  leafUuid?: string;
}

export interface Parsed {
  path: string;
  sessionId: string;
  agentId: string | null;
  lines: Line[];
}

export interface LineCounts {
  lines: number;
  blankLines: number;
  rejects: { invalid_json: number; glued: number; not_an_object: number };
  tails: { files: number; bytes: number };
}

function parse(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function isGlued(text: string): boolean {
  const at = text.indexOf('}{');
  return at !== -1 && parse(text.slice(0, at + 1)) !== null && parse(text.slice(at + 1)) !== null;
}

/** Lines of one file; what is no record goes into the counts. */
function linesOf(bytes: Buffer, counts: LineCounts): Line[] {
  const lines: Line[] = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end !== -1; from = end + 1, end = bytes.indexOf(10, from)) {
    counts.lines++;
    let text = bytes.toString('utf8', from, end);
    if (from === 0 && text.startsWith('\ufeff')) text = text.slice(1);
    if (/^[ \t\r]*$/.test(text)) {
      counts.blankLines++;
      continue;
    }
    const parsed = parse(text);
    if (parsed === null) counts.rejects[isGlued(text) ? 'glued' : 'invalid_json']++;
    else if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) counts.rejects.not_an_object++;
    else lines.push(parsed.value as Line);
  }
  if (from < bytes.length) {
    counts.tails.files++;
    counts.tails.bytes += bytes.length - from;
  }
  return lines;
}

export function parseFile(path: string, bytes: Buffer, counts: LineCounts): Parsed {
  const lines = linesOf(bytes, counts);
  const parts = path.split('/');
  const name = (parts.at(-1) as string).replace(/\.jsonl$/, '');
  if (!name.startsWith('agent-')) return { path, sessionId: name, agentId: null, lines };
  const sessionId = parts.at(-2) === 'subagents' ? parts.at(-3) : lines.find((line) => line.sessionId !== undefined)?.sessionId;
  return { path, sessionId: sessionId ?? '', agentId: name.slice('agent-'.length), lines };
}

export function isPrompt(line: Line): boolean {
  if (line.type === 'attachment') return line.attachment?.type === 'queued_command';
  if (line.type !== 'user' || line.isMeta === true || line.isCompactSummary === true || line.toolUseResult !== undefined) return false;
  const content = line.message?.content;
  if (Array.isArray(content) && content.some((block) => block.type === 'tool_result')) return false;
  return !/^<(command-name|local-command|task-notification|ide_opened_file)/.test(promptText(line));
}

export function promptText(line: Line): string {
  const content = line.message?.content;
  return typeof content === 'string' ? content : (content?.find((block) => block.type === 'text')?.text ?? '');
}
