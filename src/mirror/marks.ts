// Which documents were read as they stood when, so that a start does not read them all again. Losing
// this costs a reading and nothing else: what was mirrored is known from the mirrored logs.

import { readFile, rename, writeFile } from 'node:fs/promises';
import { systemCode } from '../core/errors.ts';

export interface DocumentMark {
  size: number;
  modifiedMs: number;
  /** What the source returned after its last complete reading. */
  mark: string | null;
}

export class Marks {
  private readonly path: string;
  private readonly marks: Map<string, DocumentMark>;
  private isChanged = false;

  private constructor(path: string, marks: Map<string, DocumentMark>) {
    this.path = path;
    this.marks = marks;
  }

  static async open(path: string): Promise<Marks> {
    return new Marks(path, await load(path));
  }

  get(document: string): DocumentMark | undefined {
    return this.marks.get(document);
  }

  set(document: string, mark: DocumentMark): void {
    this.marks.set(document, mark);
    this.isChanged = true;
  }

  async save(): Promise<void> {
    if (!this.isChanged) return;
    this.isChanged = false;
    await writeFile(`${this.path}.tmp`, JSON.stringify(Object.fromEntries(this.marks)), { mode: 0o600 });
    await rename(`${this.path}.tmp`, this.path);
  }
}

async function load(path: string): Promise<Map<string, DocumentMark>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(path, 'utf8')) as Record<string, DocumentMark>));
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return new Map();
    throw error;
  }
}
