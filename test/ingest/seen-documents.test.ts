// What was seen of documents is what was written down last.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeenDocuments } from '../../src/ingest/seen-documents.ts';
import type { Seen } from '../../src/ingest/seen-documents.ts';

it('documents are known by their paths', () => {
  const path = fc.integer({ min: 0, max: 120 }).map((number) => `/röot/${number}`);
  fc.assert(fc.property(fc.array(fc.tuple(path, fc.record({ size: fc.nat(), modifiedMs: fc.nat() }))), (told) => {
    const [documents, model] = [new SeenDocuments(), new Map<string, Seen>()];
    for (const [at, seen] of told) {
      documents.set(at, seen);
      model.set(at, seen);
    }
    for (let number = 0; number <= 121; number++) expect(documents.at(`/röot/${number}`)).toEqual(model.get(`/röot/${number}`));
  }));
});
