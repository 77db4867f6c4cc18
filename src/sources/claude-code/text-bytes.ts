// The readable text of a Claude Code line as it stands in its bytes: the text that `textOfLine` gives,
// copied still escaped from one JSON document into another. Text is most of what an export sends; parsing
// it only to print it again was most of what an export cost. What is needed is taken in one pass, while
// the walk comes by; a block that tells its type after its content is walked again.

import type { JsonBytes } from '../../core/bytes/json-bytes.ts';
import { TELLING } from '../blocks.ts';
import { hasEscape, isArray, isObject, isString, Keys, NOT_UNDERSTOOD, skipString, skipValue, startsWith, walkArray, walkObject } from '../json-walk.ts';

const LINE = new Keys(['content', 'summary', 'customTitle', 'aiTitle', 'lastPrompt', 'message', 'attachment']);
/** The keys before it are texts, in the order in which they are tried. */
const [MESSAGE, ATTACHMENT] = [5, 6];
const IN_MESSAGE = new Keys(['content']);
const IN_ATTACHMENT = new Keys(['prompt', 'content']);
const PROMPT = 0;
const IN_INPUT = new Keys(TELLING);

const IN_BLOCK = new Keys(['text', 'thinking', 'type', 'content', 'input']);
const [TEXT, THINKING, TYPE, CONTENT, INPUT] = [0, 1, 2, 3, 4];
/** Numbers kept of a block: where each member begins, and its type. */
const BLOCK_WIDTH = 6;
const KIND = 5;
const [UNKNOWN, TOOL_USE, TOOL_RESULT] = [0, 1, 2];
/** Results of tools hold blocks, which in no log hold results again. */
const MAX_DEPTH = 8;

const ABSENT = -1;
/** A member that was written when it was met. */
const WRITTEN = -2;

const TOOL_USE_TYPE = Buffer.from('"tool_use"');
const TOOL_RESULT_TYPE = Buffer.from('"tool_result"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** One is reused for every line: nothing of a line is kept after it. */
class LineText {
  private bytes: Uint8Array = new Uint8Array();
  private out: JsonBytes;
  private texts = 0;
  /** Where the first string of each kind is, and whether there is a message. */
  private readonly members = new Int32Array(7);
  private readonly inputs = new Int32Array(TELLING.length);
  private readonly blocks = new Int32Array(BLOCK_WIDTH * MAX_DEPTH);
  private depth = 0;

  constructor(out: JsonBytes) {
    this.out = out;
  }

  /** Writes a JSON string, or null; false where a full parse has to decide. */
  write(bytes: Uint8Array, start: number, out: JsonBytes): boolean {
    this.bytes = bytes;
    this.out = out;
    this.texts = 0;
    this.depth = 0;
    this.members.fill(ABSENT);
    if (walkObject(bytes, start, LINE, this.inLine) === NOT_UNDERSTOOD) return false;
    if (this.members[MESSAGE] === ABSENT && !this.firstOf(this.members, MESSAGE) && !this.attachment(this.members[ATTACHMENT] as number)) return false;
    if (this.texts === 0) out.text('null');
    else out.byte(QUOTE);
    return true;
  }

  private readonly inLine = (key: number, start: number): number => {
    if (key === MESSAGE) {
      if (!isObject(this.bytes, start)) return skipValue(this.bytes, start);
      this.members[MESSAGE] = WRITTEN;
      return walkObject(this.bytes, start, IN_MESSAGE, this.inMessage);
    }
    this.members[key] = start;
    return skipValue(this.bytes, start);
  };

  private readonly inMessage = (_key: number, start: number): number => this.content(start);

  private readonly inAttachment = (key: number, start: number): number => {
    this.members[key] = start;
    return skipValue(this.bytes, start);
  };

  private readonly inInput = (key: number, start: number): number => {
    this.inputs[key] = start;
    return skipValue(this.bytes, start);
  };

  private readonly item = (start: number): number => (isObject(this.bytes, start) ? this.block(start) : skipValue(this.bytes, start));

  private readonly inBlock = (key: number, start: number): number => {
    const at = (this.depth - 1) * BLOCK_WIDTH;
    const kind = this.blocks[at + KIND];
    if (key === TYPE) return this.type(at, start);
    if ((key === CONTENT && kind === TOOL_RESULT) || (key === INPUT && kind === TOOL_USE)) {
      this.blocks[at + key] = WRITTEN;
      return key === CONTENT ? this.content(start) : this.input(start);
    }
    this.blocks[at + key] = start;
    return skipValue(this.bytes, start);
  };

  /** False where it is not understood. */
  private attachment(start: number): boolean {
    if (start === ABSENT || !isObject(this.bytes, start)) return true;
    this.members.fill(ABSENT);
    if (walkObject(this.bytes, start, IN_ATTACHMENT, this.inAttachment) === NOT_UNDERSTOOD) return false;
    if (this.firstOf(this.members, PROMPT + 1)) return true;
    const prompt = this.members[PROMPT] as number;
    const content = prompt !== ABSENT && isArray(this.bytes, prompt) ? prompt : (this.members[PROMPT + 1] as number);
    return content === ABSENT || this.content(content) !== NOT_UNDERSTOOD;
  }

  /** A string, however empty, or the blocks of an array. The position behind it. */
  private content(start: number): number {
    if (isString(this.bytes, start)) return this.string(start);
    return isArray(this.bytes, start) ? walkArray(this.bytes, start, this.item) : skipValue(this.bytes, start);
  }

  private block(start: number): number {
    if (this.depth === MAX_DEPTH) return NOT_UNDERSTOOD;
    const at = this.depth * BLOCK_WIDTH;
    this.blocks.fill(ABSENT, at, at + BLOCK_WIDTH);
    this.blocks[at + KIND] = UNKNOWN;
    this.depth += 1;
    const end = walkObject(this.bytes, start, IN_BLOCK, this.inBlock);
    const isWritten = end !== NOT_UNDERSTOOD && this.finishBlock(at);
    this.depth -= 1;
    return isWritten ? end : NOT_UNDERSTOOD;
  }

  /** What could not be written while the block was walked. */
  private finishBlock(at: number): boolean {
    const { blocks } = this;
    const [content, input] = [blocks[at + CONTENT] as number, blocks[at + INPUT] as number];
    if (blocks[at + KIND] === TOOL_RESULT) return content < 0 || this.content(content) !== NOT_UNDERSTOOD;
    if (blocks[at + KIND] === TOOL_USE) return input === WRITTEN || this.input(input) !== NOT_UNDERSTOOD;
    for (const key of [TEXT, THINKING]) if (this.nonEmpty(blocks[at + key] as number)) return true;
    return true;
  }

  private type(at: number, start: number): number {
    this.blocks[at + TYPE] = start;
    const end = skipValue(this.bytes, start);
    if (end === NOT_UNDERSTOOD || !isString(this.bytes, start)) return end;
    if (hasEscape(this.bytes, start, end)) return NOT_UNDERSTOOD;
    if (startsWith(this.bytes, start, TOOL_USE_TYPE)) this.blocks[at + KIND] = TOOL_USE;
    else if (startsWith(this.bytes, start, TOOL_RESULT_TYPE)) this.blocks[at + KIND] = TOOL_RESULT;
    return end;
  }

  /** The most telling member of a tool's input, else all of it. The position behind it; any for one that is absent. */
  private input(start: number): number {
    if (start === ABSENT || !isObject(this.bytes, start)) {
      this.json({});
      return start === ABSENT ? 0 : skipValue(this.bytes, start);
    }
    this.inputs.fill(ABSENT);
    const end = walkObject(this.bytes, start, IN_INPUT, this.inInput);
    if (end === NOT_UNDERSTOOD || this.firstOf(this.inputs, this.inputs.length)) return end;
    try {
      this.json(JSON.parse(decoder.decode(this.bytes.subarray(start, end))));
      return end;
    } catch {
      return NOT_UNDERSTOOD;
    }
  }

  /** Writes the first of the first `count` members that is a text; false where none is. */
  private firstOf(members: Int32Array, count: number): boolean {
    for (let i = 0; i < count; i++) if (this.nonEmpty(members[i] as number)) return true;
    return false;
  }

  private nonEmpty(start: number): boolean {
    if (start < 0 || !isString(this.bytes, start) || isString(this.bytes, start + 1)) return false;
    return this.string(start) !== NOT_UNDERSTOOD;
  }

  private string(start: number): number {
    const end = skipString(this.bytes, start);
    if (end === NOT_UNDERSTOOD) return end;
    this.begin();
    this.out.bytes(this.bytes, start + 1, end - 1);
    return end;
  }

  /** The JSON of a value, as text. */
  private json(value: unknown): void {
    this.begin();
    this.out.text(JSON.stringify(JSON.stringify(value)).slice(1, -1));
  }

  private begin(): void {
    if (this.texts === 0) this.out.byte(QUOTE);
    else {
      this.out.byte(BACKSLASH);
      this.out.byte(LETTER_N);
    }
    this.texts += 1;
  }
}

let reused: LineText | null = null;

/** Writes the text of the object at `start` as a JSON string, or null. False, with anything written, where a full parse has to decide. */
export function writeTextOfLine(bytes: Uint8Array, start: number, out: JsonBytes): boolean {
  reused ??= new LineText(out);
  return reused.write(bytes, start, out);
}
