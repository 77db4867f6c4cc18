// Schema of what differs between index, files and archive.

import { Type } from 'typebox';
import { FINDING_CODES } from '../../core/answers/reconcile.ts';
import { count, nullable, time } from './usage.ts';

const Finding = Type.Object({
  code: Type.Enum([...FINDING_CODES]),
  severity: Type.Enum(['error', 'notice'], { description: 'notice: something is lost, and the index says so' }),
  message: Type.String(),
  hint: Type.String({ description: 'What to do about it' }),
  repairable: Type.Boolean({ description: 'The job repair can do something about it' }),
  path: nullable(Type.String(), "A source file's, or a part's relative to the archive"),
  file_id: nullable(Type.String()),
  part_id: nullable(Type.String()),
  session_id: nullable(Type.String()),
});

export const Reconcile = Type.Object({
  ok: Type.Boolean({ description: 'Nothing differs' }),
  epoch: Type.String(),
  checked_at: time('When it was computed'),
  duration_ms: Type.Number({ minimum: 0 }),
  checked: Type.Object({
    files: count('Source files that are there'),
    bytes: count('Bytes indexed of them'),
    parts: count('Parts of the archive'),
    part_bytes: count('Bytes of the parts'),
    sessions: count('Sessions whose sums were added up again'),
  }),
  parts_unread: count('Parts of which only the size was compared this time'),
  counts: Type.Record(Type.String(), Type.Integer({ minimum: 1 }), { description: 'Findings by code' }),
  items: Type.Array(Finding, { description: 'At most 1,000' }),
  truncated: Type.Boolean({ description: 'There are more findings than items' }),
}, { $id: 'Reconcile' });
