// Records as lines of JSON, written from the columns: the same keys and values as `recordOf` gives, without
// an object a record. What repeats from row to row (names, types, models) is printed once and kept.

import { fileId } from '../../core/file-entry.ts';
import type { JsonBytes } from '../../core/bytes/json-bytes.ts';
import type { Content } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { IsoTimes } from '../../core/time/time.ts';
import type { AdapterOptions } from '../../sources/adapter.ts';
import { rawOf, writeText } from '../../sources/content.ts';
import type { Directories } from '../names/directories.ts';
import type { RecordChunk } from './record-window.ts';
import { isNilUuid, writeUuidText } from '../store/vectors.ts';

/** Sessions and threads of which the names are kept; a stream goes through few at a time. */
const PLACES_MAX = 4096;
const QUOTE = 0x22;
const UUID_CHARACTERS = 36;
const NO_TIME = -1;
/** What stands between the values. */
const KEYS = {
  offset: Buffer.from('{"offset":"'),
  line: Buffer.from(',"line":'),
  byteOffset: Buffer.from(',"byte_offset":'),
  byteLength: Buffer.from(',"byte_length":'),
  ts: Buffer.from(',"ts":'),
  type: Buffer.from(',"type":'),
  role: Buffer.from(',"role":'),
  uuid: Buffer.from(',"uuid":'),
  parent: Buffer.from(',"parent_uuid":'),
  model: Buffer.from(',"model":'),
  noUsage: Buffer.from(',"usage":null'),
  input: Buffer.from(',"usage":{"input_tokens":'),
  output: Buffer.from(',"output_tokens":'),
  cacheCreation: Buffer.from(',"cache_creation_input_tokens":'),
  cacheRead: Buffer.from(',"cache_read_input_tokens":'),
  endUsage: Buffer.from('}'),
  tools: Buffer.from(',"tools":'),
  toolResults: Buffer.from(',"tool_results":'),
  duplicate: Buffer.from(',"duplicate":true'),
  replaces: Buffer.from(',"replaces":true'),
  text: Buffer.from(',"text":'),
  none: Buffer.from('null'),
  end: Buffer.from('}\n'),
} as const;

export class RecordJson {
  private readonly names: Directories;
  private readonly options: AdapterOptions;
  private readonly content: Content;
  private readonly out: JsonBytes;
  private readonly places = new Map<string, Uint8Array>();
  private lastSession = -1;
  private lastAgent = -1;
  private lastPlace: Uint8Array = KEYS.none;
  private lastFile = -1;
  private lastFileId: Uint8Array = KEYS.none;
  private readonly strings: Uint8Array[] = [];
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
    const ts = chunk.ts[row] as number;
    out.put(KEYS.offset);
    out.integer(chunk.offset[row] as number);
    out.put(this.place(chunk.session[row] as number, chunk.agent[row] as number));
    out.put(this.fileId(chunk.file[row] as number));
    out.put(KEYS.line);
    out.integer(chunk.line[row] as number);
    out.put(KEYS.byteOffset);
    out.integer(chunk.byteOffset[row] as number);
    out.put(KEYS.byteLength);
    out.integer(chunk.byteLength[row] as number);
    out.put(KEYS.ts);
    out.text(ts === NO_TIME ? 'null' : `"${this.times.of(ts)}"`);
    out.put(KEYS.type);
    out.put(this.string(chunk.type[row] as number));
    out.put(KEYS.role);
    out.put(this.string(chunk.role[row] as number));
    out.put(KEYS.uuid);
    this.id(chunk.uuidText(row), chunk.uuid, row);
    out.put(KEYS.parent);
    this.id(chunk.parentText(row), chunk.parent, row);
    out.put(KEYS.model);
    out.put(this.string(chunk.model[row] as number));
    const flags = chunk.flags[row] as number;
    this.usage(chunk, row, (flags & FLAG.hasUsage) !== 0);
    // Both columns are this program's own JSON.
    out.put(KEYS.tools);
    out.text(chunk.tools(row) ?? '[]');
    out.put(KEYS.toolResults);
    out.text(chunk.toolResults(row) ?? '[]');
    if ((flags & FLAG.duplicate) !== 0) out.put(KEYS.duplicate);
    if ((flags & FLAG.replaces) !== 0) out.put(KEYS.replaces);
    out.put(KEYS.text);
    if (line === null) out.text(this.content === 'raw' ? 'null,"raw":null}\n' : 'null}\n');
    else this.text(chunk.session[row] as number, line);
  }

  private usage({ usage: [input, output, cacheCreation, cacheRead] }: RecordChunk, row: number, stated: boolean): void {
    const { out } = this;
    if (!stated) return out.put(KEYS.noUsage);
    out.put(KEYS.input);
    out.integer(input[row] as number);
    out.put(KEYS.output);
    out.integer(output[row] as number);
    out.put(KEYS.cacheCreation);
    out.integer(cacheCreation[row] as number);
    out.put(KEYS.cacheRead);
    out.integer(cacheRead[row] as number);
    out.put(KEYS.endUsage);
  }

  private text(session: number, line: Uint8Array): void {
    const { out } = this;
    writeText(this.names.sessions.at(session)?.source ?? '', line, this.options, out);
    if (this.content === 'raw') out.text(`,"raw":${JSON.stringify(rawOf(line))}`);
    out.put(KEYS.end);
  }

  private id(text: string | null, vector: Uint8Array, row: number): void {
    const { out } = this;
    if (text !== null) return out.text(JSON.stringify(text));
    if (isNilUuid(vector, row * 16)) return out.put(KEYS.none);
    const buffer = out.reserve(UUID_CHARACTERS + 2);
    buffer[out.size] = QUOTE;
    writeUuidText(vector, row * 16, buffer, out.size + 1);
    buffer[out.size + UUID_CHARACTERS + 1] = QUOTE;
    out.size += UUID_CHARACTERS + 2;
  }

  /** From the offset's closing quote to the key of the file's id. */
  private place(session: number, agent: number): Uint8Array {
    if (session === this.lastSession && agent === this.lastAgent) return this.lastPlace;
    const key = `${session}/${agent}`;
    this.lastSession = session;
    this.lastAgent = agent;
    this.lastPlace = this.places.get(key) ?? this.newPlace(key, session, agent);
    return this.lastPlace;
  }

  private newPlace(key: string, session: number, agent: number): Uint8Array {
    const name = this.names.sessions.at(session);
    const names = JSON.stringify({ session_id: name?.id ?? '', agent_id: this.names.agents.idOf(agent), source: name?.source ?? '', project: name?.project ?? '' });
    const place = Buffer.from(`",${names.slice(1, -1)},"file_id":`);
    if (this.places.size === PLACES_MAX) this.places.clear();
    this.places.set(key, place);
    return place;
  }

  private fileId(file: number): Uint8Array {
    if (file === this.lastFile) return this.lastFileId;
    this.lastFile = file;
    this.lastFileId = Buffer.from(JSON.stringify(fileId(file)));
    return this.lastFileId;
  }

  private string(ix: number): Uint8Array {
    return (this.strings[ix] ??= Buffer.from(JSON.stringify(this.names.strings.valueOf(ix))));
  }
}
