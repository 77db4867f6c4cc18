// What is known of each file, by its number, in columns.

import { Columns } from '../../core/columns/columns.ts';
import { SharedTexts } from '../../core/columns/shared-texts.ts';
import { TextRows } from '../../core/columns/text-rows.ts';
import type { FileEntry } from '../../core/file-entry.ts';

export type KnownFile = Readonly<Pick<FileEntry, 'fileIx' | 'source' | 'root' | 'path' | 'project' | 'generation' | 'offset' | 'size' | 'lines' | 'rejects' | 'modifiedMs' | 'state'>>;

const SHAPE = { source: Uint32Array, root: Uint32Array, project: Uint32Array, generation: Uint32Array, offset: Float64Array, size: Float64Array, lines: Float64Array, rejects: Float64Array, modifiedMs: Float64Array, state: Uint8Array } as const;
/** Its place is its number; 0 stands for no file. */
const STATES = [null, 'present', 'gone', 'replaced'] as const satisfies readonly (FileEntry['state'] | null)[];

export class FileColumns {
  /** One more than the highest number of a file. */
  length = 0;
  private readonly columns = new Columns(SHAPE);
  private readonly texts = new SharedTexts();
  private readonly paths = new TextRows();

  /** Good until room is made. */
  get of(): Columns<typeof SHAPE>['of'] {
    return this.columns.of;
  }

  /** As it is whenever it is looked at. */
  at(fileIx: number): KnownFile | undefined {
    return this.stateOf(fileIx) === null ? undefined : new FileView(this, fileIx);
  }

  set({ fileIx, source, root, path, project, generation, offset, size, lines, rejects, modifiedMs, state }: KnownFile): void {
    this.columns.reserve(fileIx);
    this.length = Math.max(this.length, fileIx + 1);
    const { of, texts } = this;
    of.source[fileIx] = texts.numberOf(source);
    of.root[fileIx] = texts.numberOf(root);
    of.project[fileIx] = texts.numberOf(project);
    of.generation[fileIx] = generation;
    of.offset[fileIx] = offset;
    of.size[fileIx] = size;
    of.lines[fileIx] = lines;
    of.rejects[fileIx] = rejects;
    of.modifiedMs[fileIx] = modifiedMs;
    of.state[fileIx] = STATES.indexOf(state);
    this.paths.set(fileIx, path);
  }

  textOf(name: 'source' | 'root' | 'project', fileIx: number): string {
    return this.texts.at(this.of[name][fileIx] as number);
  }

  pathOf(fileIx: number): string {
    return this.paths.at(fileIx);
  }

  stateOf(fileIx: number): FileEntry['state'] | null {
    return STATES[this.of.state[fileIx] ?? 0] ?? null;
  }
}

/** Of one file: what is not looked at is not made. */
class FileView implements KnownFile {
  readonly fileIx: number;
  private readonly files: FileColumns;

  constructor(files: FileColumns, fileIx: number) {
    this.files = files;
    this.fileIx = fileIx;
  }

  get source(): string {
    return this.files.textOf('source', this.fileIx);
  }

  get root(): string {
    return this.files.textOf('root', this.fileIx);
  }

  get project(): string {
    return this.files.textOf('project', this.fileIx);
  }

  get path(): string {
    return this.files.pathOf(this.fileIx);
  }

  get generation(): number {
    return this.files.of.generation[this.fileIx] as number;
  }

  get offset(): number {
    return this.files.of.offset[this.fileIx] as number;
  }

  get size(): number {
    return this.files.of.size[this.fileIx] as number;
  }

  get lines(): number {
    return this.files.of.lines[this.fileIx] as number;
  }

  get rejects(): number {
    return this.files.of.rejects[this.fileIx] as number;
  }

  get modifiedMs(): number {
    return this.files.of.modifiedMs[this.fileIx] as number;
  }

  get state(): FileEntry['state'] {
    return this.files.stateOf(this.fileIx) ?? 'gone';
  }
}
