// Every real log at hand, line by line, against a plain reading. The logs are not part of the project: without
// them these tests are skipped, and say so.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/sources/content.ts';
import { parseBytes, plainReading } from './support/plain-reading.ts';
import { bytesOf, GUESSED, plainRow, scan } from './support/scanned.ts';

const root = fileURLToPath(new URL('../../../shared/corpus/claude', import.meta.url));
const present = existsSync(root);
if (!present) console.warn('Skipped: there is no ../shared/corpus/claude to read real logs from.');

const paths = present ? readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl')).sort() : [];

function newlines(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
}

describe.skipIf(!present)('real logs', () => {
  it('are there', () => {
    expect(paths.length).toBeGreaterThan(100);
  });

  it('become one row or reject a line, whose bytes say what the row says', () => {
    const lines = { all: 0, rows: 0, glued: 0, rejects: 0 };
    for (const path of paths) {
      const bytes = readFileSync(`${root}/${path}`);
      const batch = scan(bytes, { root, path, lineMaxBytes: 64 * 1024 * 1024 });
      expect({ path, lines: batch.lines, bytes: batch.bytes }).toEqual({ path, lines: newlines(bytes), bytes: bytes.lastIndexOf(0x0a) + 1 });
      let covered = batch.rejects.reduce((sum, reject) => sum + reject.byteLength + 1, 0);
      for (let row = 0; row < batch.rows; row++) {
        const { uuid, parent, type, role, ts, model, usage, flags, line } = plainRow(batch, row);
        const value = parseBytes(bytesOf(batch, row, bytes));
        const glued = Array.isArray(flags) && flags.includes('glued');
        const read = plainReading(value ?? {});
        const said = { uuid: uuid ?? null, parent: parent ?? null, type: type ?? null, role: role ?? null, ts: ts ?? null, model: model ?? null, usage: usage ?? null };
        expect({ path, line, ...said }).toEqual({ path, line, ...read });
        covered += (batch.byteLength[row] as number) + (glued ? 0 : 1);
        lines.glued += glued ? 1 : 0;
      }
      expect({ path, covered }).toEqual({ path, covered: batch.bytes });
      lines.all += batch.lines;
      lines.rows += batch.rows;
      lines.rejects += batch.rejects.length;
    }
    expect(lines.rows - lines.glued + lines.rejects).toBe(lines.all);
    expect(lines.rejects / lines.all).toBeLessThan(0.01);
  });

  it('are split at newlines into rejects that are indeed no objects', () => {
    for (const path of paths) {
      const bytes = readFileSync(`${root}/${path}`);
      for (const { byteOffset, byteLength, reason } of scan(bytes, { root, path }).rejects) {
        if (reason !== 'too_large') expect([path, byteOffset, parseBytes(bytes.subarray(byteOffset, byteOffset + byteLength))]).toEqual([path, byteOffset, null]);
      }
    }
  });

  it('give inline sidechains the agent at the root of their chain', () => {
    let inline = 0;
    for (const path of paths) {
      const batch = scan(readFileSync(`${root}/${path}`), { root, path });
      const rows = Array.from({ length: batch.rows }, (_, row) => plainRow(batch, row)).filter(({ agent }) => String(agent).startsWith('inline-'));
      const byUuid = new Map(rows.map((row) => [row['uuid'], row]));
      for (const row of rows) {
        let top = row;
        for (let parent = byUuid.get(top['parent']); parent !== undefined; parent = byUuid.get(top['parent'])) top = parent;
        // A chain whose beginning is missing goes on with the chain before.
        if (top['parent'] === undefined) expect([path, row['line'], row['agent']]).toEqual([path, row['line'], `inline-${String(top['uuid'])}`]);
        inline += 1;
      }
    }
    expect(inline).toBeGreaterThan(300);
  });

  it('all have texts that can be shown, and most messages have one', () => {
    const messages = { all: 0, withText: 0 };
    for (const path of paths) {
      const bytes = readFileSync(`${root}/${path}`);
      const batch = scan(bytes, { root, path });
      for (let row = 0; row < batch.rows; row++) {
        const text = textOf('claude-code', bytesOf(batch, row, bytes), GUESSED);
        expect(text === null || typeof text === 'string').toBe(true);
        if (plainRow(batch, row)['role'] === undefined) continue;
        messages.all += 1;
        if (text !== null && text !== '') messages.withText += 1;
      }
    }
    expect(messages.withText / messages.all).toBeGreaterThan(0.9);
  });
});
