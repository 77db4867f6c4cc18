// What an export is asked with, as a stream or as a job.

import { Type } from 'typebox';
import { EXPORT_FORMAT_NAMES } from '../export-formats.ts';
import { content, filterParameters, rangeParameters } from './parameters.ts';

export const ExportParameters = Type.Object({
  format: Type.Enum(EXPORT_FORMAT_NAMES, { default: 'ndjson', description: 'jsonl: the source lines verbatim; markdown: a transcript of one session' }),
  ...filterParameters,
  ...rangeParameters,
  content,
  duplicates: Type.Optional(Type.Boolean({ description: 'With lines that repeat a (session, uuid). Default: true for jsonl, which gives every line back, else false' })),
});
