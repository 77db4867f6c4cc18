// The sources' adapters. Adding one is a folder, a line here and its name in core/source-id.ts.

import { LakeError } from '../core/errors.ts';
import { SOURCE_IDS, type SourceId } from '../core/source-id.ts';
import type { SourceAdapter } from './adapter.ts';
import { claudeCode } from './claude-code/adapter.ts';
import { codex } from './codex/adapter.ts';
import { copilot } from './copilot/adapter.ts';
import { jsonl } from './jsonl/adapter.ts';
import { pi } from './pi/adapter.ts';

const ADAPTERS: Readonly<Record<SourceId, SourceAdapter>> = {
  'claude-code': claudeCode as SourceAdapter,
  codex: codex as SourceAdapter,
  copilot: copilot as SourceAdapter,
  pi: pi as SourceAdapter,
  jsonl: jsonl as SourceAdapter,
};
const BY_ID: ReadonlyMap<string, SourceAdapter> = new Map(Object.entries(ADAPTERS));

export function adapters(): SourceAdapter[] {
  return [...BY_ID.values()];
}

/** Throws `config` for an unknown source. */
export function adapterOf(source: string): SourceAdapter {
  const adapter = BY_ID.get(source);
  if (adapter === undefined) {
    throw new LakeError('config', `There is no source named "${source}".`, { hint: `Known sources: ${SOURCE_IDS.join(', ')}.` });
  }
  return adapter;
}
