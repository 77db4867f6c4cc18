// Records as lines of JSON, written from the columns: the same keys and values as `recordOf` gives, without
// an object a record. What repeats from row to row (names, types, models) is printed once and kept.

import { fileId } from '../core/file-entry.ts';
import type { JsonBytes } from '../core/json-bytes.ts';
import type { Content } from '../core/record.ts';
import { FLAG } from '../core/scan-batch.ts';
import { IsoTimes } from '../core/time.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { rawOf, writeText } from '../sources/content.ts';
import type { Directories } from './commit-rows.ts';
import type { RecordChunk } from './record-window.ts';
import { isNilUuid, writeUuidText } from './vectors.ts';

/** Sessions and threads of which the names are kept; a stream goes through few at a time. */
const PLACES_MAX = 4096;
const QUOTE = 0x22;
const UUID_CHARACTERS = 36;
const NO_TIME = -1;
const PARENT = Buffer.from(',"parent_uuid":');
const NULL = Buffer.from('null');
const END = Buffer.from('}\n');

export class RecordJson {
  private readonly names: Directories;
  private readonly options: AdapterOptions;
  private readonly content: Content;
  private readonly out: JsonBytes;
  private readonly places = new Map<string, string>();
  private lastSession = -1;
  private lastAgent = -1;
  private lastPlace = '';
  private readonly strings: string[] = [];
  private readonly times = new IsoTimes();

  constructor(names: Directories, options: AdapterOptions, content: Content, out: JsonBytes) {
    this.names = names;
    this.options = options;
    this.content = content;
    this.out = out;
  }

  /** Writes a row as a line. `line`: its bytes, null where they are not wanted or are gone. */
  write(chunk: RecordChunk, row: number, line: Uint8Array | null): void {
    const { out } = this;
    const file = chunk.file[row] as number;
    const ts = chunk.ts[row] as number;
    out.text(
      `{"offset":"${chunk.offset[row]}",${this.place(chunk.session[row] as number, chunk.agent[row] as number)},"file_id":"${fileId(file)}","line":${chunk.line[row]},"byte_offset":${chunk.byteOffset[row]},"byte_length":${chunk.byteLength[row]},"ts":${
        ts === NO_TIME ? 'null' : `"${this.times.of(ts)}"`
      },"type":${this.string(chunk.type[row] as number)},"role":${this.string(chunk.role[row] as number)},"uuid":`,
    );
    this.id(chunk.uuidText(row), chunk.uuid, row);
    out.bytes(PARENT, 0, PARENT.length);
    this.id(chunk.parentText(row), chunk.parent, row);
    const flags = chunk.flags[row] as number;
    // Both columns are this program's own JSON.
    out.text(
      `,"model":${this.string(chunk.model[row] as number)},"usage":${(flags & FLAG.hasUsage) === 0 ? 'null' : usageOf(chunk, row)},"tools":${chunk.tools(row) ?? '[]'},"tool_results":${chunk.toolResults(row) ?? '[]'}${
        (flags & FLAG.duplicate) === 0 ? '' : ',"duplicate":true'
      },"text":`,
    );
    if (line === null) out.text(this.content === 'raw' ? 'null,"raw":null}\n' : 'null}\n');
    else this.text(chunk.session[row] as number, line);
  }

  private text(session: number, line: Uint8Array): void {
    const { out } = this;
    writeText(this.names.sessions.at(session)?.source ?? '', line, this.options, out);
    if (this.content === 'raw') out.text(`,"raw":${JSON.stringify(rawOf(line))}`);
    out.bytes(END, 0, END.length);
  }

  private id(text: string | null, vector: Uint8Array, row: number): void {
    const { out } = this;
    if (text !== null) return out.text(JSON.stringify(text));
    if (isNilUuid(vector, row * 16)) return out.bytes(NULL, 0, NULL.length);
    const buffer = out.reserve(UUID_CHARACTERS + 2);
    buffer[out.size] = QUOTE;
    writeUuidText(vector, row * 16, buffer, out.size + 1);
    buffer[out.size + UUID_CHARACTERS + 1] = QUOTE;
    out.size += UUID_CHARACTERS + 2;
  }

  private place(session: number, agent: number): string {
    if (session === this.lastSession && agent === this.lastAgent) return this.lastPlace;
    const key = `${session}/${agent}`;
    this.lastSession = session;
    this.lastAgent = agent;
    this.lastPlace = this.places.get(key) ?? this.newPlace(key, session, agent);
    return this.lastPlace;
  }

  private newPlace(key: string, session: number, agent: number): string {
    const name = this.names.sessions.at(session);
    const json = JSON.stringify({ session_id: name?.id ?? '', agent_id: this.names.agents.idOf(agent), source: name?.source ?? '', project: name?.project ?? '' }).slice(1, -1);
    if (this.places.size === PLACES_MAX) this.places.clear();
    this.places.set(key, json);
    return json;
  }

  private string(ix: number): string {
    return (this.strings[ix] ??= JSON.stringify(this.names.strings.valueOf(ix)));
  }
}

function usageOf({ usage: [input, output, cacheCreation, cacheRead] }: RecordChunk, row: number): string {
  return `{"input_tokens":${input[row]},"output_tokens":${output[row]},"cache_creation_input_tokens":${cacheCreation[row]},"cache_read_input_tokens":${cacheRead[row]}}`;
}
