// The agents beside Claude Code, by property: chunks do not matter, nothing a line holds stops its file,
// and a line read by shape says what it says when it is parsed.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanBatch } from '../../src/core/scan-batch.ts';
import { textOf } from '../../src/sources/content.ts';
import { AGENT_PLACES, AGENT_SOURCES, anyAgentValue, goldenValues } from './support/agent-logs.ts';
import { fileOf } from './support/claude-logs.ts';
import { oddLine } from './support/odd-json.ts';
import { bytesOf, GUESSED, plainRow, scan, scanInPieces } from './support/scanned.ts';
import type { Place } from './support/scanned.ts';

interface Said {
  rows: unknown[];
  facts: unknown[];
  state: string;
  project: string | null;
}

function said(batches: readonly ScanBatch[]): Said {
  const last = batches.at(-1);
  return {
    rows: batches.flatMap((batch) => Array.from({ length: batch.rows }, (_, row) => ({ ...plainRow(batch, row), call: batch.callMessage[row] }))),
    facts: batches.flatMap((batch) => batch.facts),
    state: last?.state ?? '',
    project: last?.project ?? null,
  };
}

describe.each(AGENT_SOURCES)('%s', (source) => {
  const place = fc.constantFrom<Place>(...AGENT_PLACES[source]);
  const value = anyAgentValue(source);
  const line = value.map((told) => JSON.stringify(told));

  it('says the same in one piece and in any pieces, with the state passed on', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 25 }), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }), place, (lines, sizes, where) => {
        expect(said(scanInPieces(lines, sizes, where))).toEqual(said([scan(fileOf(lines), where)]));
      }),
      { numRuns: 300 },
    );
  });

  it('makes a row of every JSON object, whatever its fields hold', () => {
    fc.assert(
      fc.property(fc.array(value.filter((told) => typeof told === 'object' && told !== null && !Array.isArray(told)), { minLength: 1, maxLength: 10 }), place, (values, where) => {
        const file = fileOf(values.map((told) => JSON.stringify(told)));
        const batch = scan(file, where);
        expect([batch.rows, batch.rejects]).toEqual([values.length, []]);
        for (const number of batch.usage) expect(Number.isInteger(number) && number >= 0 && number <= 2 ** 40).toBe(true);
        for (const ts of batch.ts) expect(Number.isNaN(ts) || (ts >= 0 && ts < 8.64e15)).toBe(true);
        for (let row = 0; row < batch.rows; row++) {
          const { session, agent } = plainRow(batch, row);
          for (const id of [session, agent ?? 'none', batch.project ?? 'none']) expect(id).toMatch(/^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,200}$/);
          const text = textOf(source, bytesOf(batch, row, file), GUESSED);
          expect(text === null || typeof text === 'string').toBe(true);
        }
        expect(batch.state.length).toBeLessThan(20_000);
      }),
      { numRuns: 500 },
    );
  });

  it('says the same read by shape and parsed', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(line.map((text) => Buffer.from(text)), oddLine(value)), { maxLength: 15 }), place, (lines, where) => {
        const file = fileOf(lines);
        expect(said([scan(file, { ...where, reading: 'selective' })])).toEqual(said([scan(file, { ...where, reading: 'parse' })]));
      }),
      { numRuns: 500 },
    );
  });

  it('is not stopped by any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), place, (lines, where) => {
        expect(scan(fileOf(lines), where).rejects.filter(({ reason }) => reason === 'adapter')).toEqual([]);
      }),
    );
  });

  it('has goldens with most of its types', () => {
    expect(new Set(goldenValues(source).map((told) => JSON.stringify([told['type'], (told['payload'] as { type?: unknown } | undefined)?.type]))).size).toBeGreaterThan(12);
  });
});
