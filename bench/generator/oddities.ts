// Broken and unusual lines, as crashes, full disks, editors and other platforms
// leave them. Kinds are taken in turn, so a lake with enough of them has each.
// None of the broken lines holds a model call: whether a reader recovers a part
// of them or not, the tokens are the same.

import type { Rng } from './rng.ts';
import type { RejectReason } from './truth.ts';

type ExtraLine = { reason: RejectReason | 'blank'; bytes: Buffer };

export const LINE_KINDS = [
  'nul_run', 'invalid_utf8', 'torn_then_valid', 'spaced', 'glued', 'lone_surrogate', 'plain_text', 'blank', 'line_separator',
  'truncated', 'top_level_array', 'crlf_line', 'top_level_number', 'spaces_only',
] as const;

export const FILE_KINDS = ['crlf_file', 'no_final_newline', 'bom', 'torn_tail'] as const;

export type LineKind = (typeof LINE_KINDS)[number];
export type FileKind = (typeof FILE_KINDS)[number];

/** Byte runs no decoder accepts: stray bytes, an overlong form, half a character, a surrogate in UTF-8. */
const BAD_UTF8 = [[0xff, 0xfe], [0xc0, 0xaf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]] as const;

const PLAIN_TEXT = ['Killed', 'npm warn using --force', 'write failed: No space left on device', '---', 'undefined', '{not json}'] as const;

/** A private-use character that stands for the bytes to come; no generated text holds it. */
const PLACE = '\ue000';
const PLACE_BYTES = Buffer.from(PLACE);

/**
 * Right after the end of a sentence is inside a string and outside an escape. Prompts are left as they are: titles and
 * the links to subagents are read from them, and the truth about those must not hang on how a reader repairs a text.
 */
function insideText(json: string, insert: string): string | null {
  if (!json.includes('"type":"assistant"') || json.includes('"prompt":')) return null;
  const at = json.search(/[a-z]\. [A-Z]/);
  return at === -1 ? null : json.slice(0, at + 3) + insert + json.slice(at + 3);
}

function withBadUtf8(rng: Rng, json: string): Buffer | null {
  const marked = insideText(json, PLACE);
  if (marked === null) return null;
  const bytes = Buffer.from(marked);
  const at = bytes.indexOf(PLACE_BYTES);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(rng.pick(BAD_UTF8)), bytes.subarray(at + PLACE_BYTES.length)]);
}

/** The same value with a space after each colon and comma, as other JSON writers do it. */
function spaced(json: string): string {
  return JSON.stringify(JSON.parse(json), null, 1).replace(/,\n */g, ', ').replace(/\n */g, '');
}

export class Oddities {
  private readonly rng: Rng;
  private readonly rate: number;
  private lineTurn = 0;
  private fileTurn = 0;
  private held: LineKind | null = null;

  /** rate: the share of lines that get a neighbour or a change; 0 turns it off. */
  constructor(rng: Rng, rate: number) {
    this.rng = rng;
    this.rate = rate;
  }

  nextFile(): FileKind | null {
    // A file has many lines; a fixed factor keeps odd files about as visible as odd lines.
    if (this.rate === 0 || !this.rng.chance(Math.min(0.25, this.rate * 20))) return null;
    return FILE_KINDS[this.fileTurn++ % FILE_KINDS.length] as FileKind;
  }

  nextLine(): LineKind | null {
    const { held } = this;
    this.held = null;
    if (held !== null) return held;
    if (this.rate === 0 || !this.rng.chance(this.rate)) return null;
    return LINE_KINDS[this.lineTurn++ % LINE_KINDS.length] as LineKind;
  }

  /** The line at hand offers no place for this kind: the next line gets it. */
  hold(kind: LineKind): void {
    this.held = kind;
  }

  /** A further line of that kind, without its newline; null if the kind changes a record instead. */
  extra(kind: LineKind, sessionId: string): ExtraLine | null {
    const { rng } = this;
    const small = JSON.stringify({ type: 'permission-mode', permissionMode: 'default', sessionId });
    switch (kind) {
      case 'nul_run':
        return { reason: 'invalid_json', bytes: Buffer.concat([Buffer.alloc(rng.int(200, 700)), Buffer.from(small)]) };
      case 'torn_then_valid':
        return { reason: 'invalid_json', bytes: Buffer.from(`${small.slice(0, rng.int(8, small.length - 4))}${small}`) };
      case 'truncated':
        return { reason: 'invalid_json', bytes: Buffer.from(small.slice(0, rng.int(8, small.length - 4))) };
      case 'plain_text':
        return { reason: 'invalid_json', bytes: Buffer.from(rng.pick(PLAIN_TEXT)) };
      case 'glued':
        return { reason: 'glued', bytes: Buffer.from(small + small.replace('default', 'plan')) };
      case 'top_level_array':
        return { reason: 'not_an_object', bytes: Buffer.from('[1,{"type":"user"}]') };
      case 'top_level_number':
        return { reason: 'not_an_object', bytes: Buffer.from(String(rng.int(0, 99999))) };
      case 'blank':
        return { reason: 'blank', bytes: Buffer.alloc(0) };
      case 'spaces_only':
        return { reason: 'blank', bytes: Buffer.from(' \t\r') };
      default:
        return null;
    }
  }

  /** The record in another spelling that still is one; null if this line offers no place for it. */
  respell(kind: LineKind, json: string): string | Buffer | null {
    switch (kind) {
      case 'invalid_utf8': return withBadUtf8(this.rng, json);
      case 'lone_surrogate': return insideText(json, this.rng.pick(['\\ud83d', '\\uDE00']));
      case 'line_separator': return insideText(json, this.rng.pick(['\u2028', '\u2029', '\u0085']));
      case 'spaced': return spaced(json);
      case 'crlf_line': return `${json}\r`;
      default: return null;
    }
  }
}
