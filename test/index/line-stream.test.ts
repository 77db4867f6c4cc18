// Lines out of the index as they went in: for any files, in any order of arrival, through any filter, and
// between any two offsets.

import { truncateSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordFilter, RecordQuery } from '../../src/core/answers/record.ts';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { SourceFile } from './support/source-file.ts';
import { indexWithFiles } from './support/stored-files.ts';
import type { StoredFiles } from './support/stored-files.ts';
import type { TestIndex } from './support/test-index.ts';

const CHUNK_BYTES = 512 * 1024;

/** A record or a rejected line, in the order of offsets. */
interface Piece {
  text: string;
  type: 'user' | 'assistant' | 'reject';
  session: string;
  /** The next piece is on the same line. */
  glued: boolean;
}

type LineKind = 'user' | 'assistant' | 'blank' | 'broken' | 'crlf' | 'pair' | 'long' | 'other';

let index: TestIndex;
let files: StoredFiles;
let fileIx = 0;
let uuids = 0;

beforeAll(async () => {
  ({ index, files } = await indexWithFiles());
});

afterAll(async () => {
  files.close();
  await index.remove();
});

function piecesOf(kind: LineKind, session: string): Piece[] {
  const piece = (type: Piece['type'], text: string, glued = false): Piece => ({ text, type, session, glued });
  const user = (more = {}): string => userLine({ session, n: ++uuids, ...more });
  const assistant = (): string => assistantLine({ session, n: ++uuids });
  switch (kind) {
    case 'user': return [piece('user', user({ text: 'é 🚀 \\ "quoted"' }))];
    case 'assistant': return [piece('assistant', assistant())];
    case 'blank': return [piece('reject', '')];
    case 'broken': return [piece('reject', '{"type":"user",')];
    case 'crlf': return [piece('user', `${user()}\r`)];
    case 'pair': return [piece('user', user(), true), piece('assistant', assistant())];
    case 'long': return [piece('assistant', assistantLine({ session, n: ++uuids, text: 'x'.repeat(400_000) }))];
    case 'other': return [piece('reject', 'y'.repeat(CHUNK_BYTES + 10))];
  }
}

function matches(piece: Piece, { session, types }: RecordFilter): boolean {
  return (session === undefined || piece.session === session) && (types === undefined || types.includes(piece.type));
}

/** What the contract says: each line whole with its newline, and never two records' bytes run together that the filter parted. */
function expected(pieces: readonly Piece[], filter: RecordFilter, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) {
    const piece = pieces[i] as Piece;
    if (!matches(piece, filter)) continue;
    const goesOn = piece.glued && matches(pieces[i + 1] as Piece, filter);
    text += goesOn ? piece.text : `${piece.text}\n`;
  }
  return text;
}

async function exported(query: Partial<RecordQuery>): Promise<{ text: string; rows: number }> {
  const chunks: Buffer[] = [];
  let rows = 0;
  let last = query.after ?? 0;
  for await (const chunk of index.lake.lines({ filter: {}, after: 0, upto: index.lake.top(), duplicates: true, ...query })) {
    expect(chunk.bytes.length).toBeLessThanOrEqual(CHUNK_BYTES);
    expect(chunk.last).toBeGreaterThanOrEqual(last);
    last = chunk.last;
    rows += chunk.rows;
    chunks.push(Buffer.from(chunk.bytes));
  }
  return { text: Buffer.concat(chunks).toString('utf8'), rows };
}

const kinds = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<LineKind>('user', 'assistant') },
  { weight: 4, arbitrary: fc.constantFrom<LineKind>('blank', 'broken', 'crlf', 'pair') },
  { weight: 1, arbitrary: fc.constantFrom<LineKind>('long', 'other') },
);
const appends = fc.array(fc.record({ file: fc.nat({ max: 2 }), lines: fc.array(kinds, { minLength: 1, maxLength: 12 }) }), { minLength: 1, maxLength: 12 });
const types = fc.option(fc.subarray(['user', 'assistant'], { minLength: 1 }), { nil: undefined });

/** Commits the appends, several to a commit, and gives the pieces in the order of their offsets. */
async function commitAll(run: readonly { file: number; lines: LineKind[] }[], atOnce: number): Promise<{ pieces: Piece[]; sessions: string[] }> {
  const sources = [0, 1, 2].map(() => new SourceFile(++fileIx, `p/s${fileIx}.jsonl`));
  const sessions = sources.map(({ entry }) => `s${entry.fileIx}`);
  const pieces: Piece[] = [];
  for (let first = 0; first < run.length; first += atOnce) {
    const ops = run.slice(first, first + atOnce).map(({ file, lines }) => {
      const session = sessions[file] as string;
      const made = lines.map((kind) => piecesOf(kind, session));
      pieces.push(...made.flat());
      return (sources[file] as SourceFile).read(made.map((line) => line.map(({ text }) => text).join('')));
    });
    for (const op of ops) files.store(op);
    await index.commit(ops);
  }
  return { pieces, sessions };
}

describe('lines of the lake', () => {
  it('are the lines that were read, in order, for any files, filters and cuts', async () => {
    await fc.assert(
      fc.asyncProperty(appends, fc.integer({ min: 1, max: 4 }), types, fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }), async (run, atOnce, typesAsked, oneSession, at) => {
        const before = index.lake.top();
        const { pieces, sessions } = await commitAll(run, atOnce);
        const top = index.lake.top();
        expect(top - before).toBe(pieces.length);
        const filter: RecordFilter = { ...(typesAsked === undefined ? {} : { types: typesAsked }), ...(oneSession ? { session: sessions[0] as string } : {}) };
        const cut = before + Math.round(at * pieces.length);
        const whole = await exported({ filter, after: before });
        expect(whole.text).toBe(expected(pieces, filter, 0, pieces.length));
        const [head, tail] = [await exported({ filter, after: before, upto: cut }), await exported({ filter, after: cut })];
        expect(head.text).toBe(expected(pieces, filter, 0, cut - before));
        expect(head.text + tail.text).toBe(whole.text);
        expect(head.rows + tail.rows).toBe(whole.rows);
        expect(whole.rows).toBe(whole.text === '' ? 0 : whole.text.split('\n').length - 1);
        expect(files.held).toBe(0);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 120_000);

  it('hold no file open between two chunks, nor when their reader leaves', async () => {
    const after = index.lake.top();
    await commitAll([{ file: 0, lines: Array.from({ length: 9 }, () => 'long') }], 1);
    let chunks = 0;
    for await (const chunk of index.lake.lines({ filter: {}, after, upto: index.lake.top(), duplicates: true })) {
      expect(chunk.bytes.length).toBe(CHUNK_BYTES);
      expect(files.held).toBe(0);
      if (++chunks === 2) break;
    }
    expect(files.held).toBe(0);
  });

  it('fail rather than give half a line when the file is cut short, or goes away, beneath them', async () => {
    const after = index.lake.top();
    await commitAll([{ file: 0, lines: ['user', 'other', 'user'] }], 1);
    const path = files.path(fileIx - 2);
    let opened = 0;
    index.sources = { open: async (ix) => (opened++ === 0 ? files.open(ix) : null) };
    await expect(exported({ after })).rejects.toMatchObject({ code: 'unavailable' });
    index.sources = files;
    truncateSync(path, 2000);
    await expect(exported({ after })).rejects.toMatchObject({ code: 'unavailable' });
    expect(files.held).toBe(0);
  });

  it('of files that are gone everywhere are left out', async () => {
    const after = index.lake.top();
    const { pieces, sessions } = await commitAll([{ file: 0, lines: ['user', 'pair'] }, { file: 1, lines: ['assistant'] }, { file: 0, lines: ['user'] }], 1);
    index.sources = { open: async (ix) => (ix === fileIx - 2 ? null : files.open(ix)) };
    const { text, rows } = await exported({ after });
    expect(text).toBe(expected(pieces, { session: sessions[1] as string }, 0, pieces.length));
    expect(rows).toBe(1);
    index.sources = files;
  });
});
