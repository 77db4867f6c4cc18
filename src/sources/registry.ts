// The one list of sources. Adding one is a folder and a line here.

import { LakeError } from '../core/errors.ts';
import type { SourceAdapter } from './adapter.ts';
import { claudeCode } from './claude-code/adapter.ts';
import { jsonl } from './jsonl/adapter.ts';

const ADAPTERS: ReadonlyMap<string, SourceAdapter> = new Map<string, SourceAdapter>([claudeCode, jsonl].map((adapter) => [adapter.id, adapter as SourceAdapter]));

export function sourceIds(): string[] {
  return [...ADAPTERS.keys()];
}

export function adapters(): SourceAdapter[] {
  return [...ADAPTERS.values()];
}

/** Throws `config` for an unknown source. */
export function adapterOf(source: string): SourceAdapter {
  const adapter = ADAPTERS.get(source);
  if (adapter === undefined) {
    throw new LakeError('config', `There is no source named "${source}".`, { hint: `Known sources: ${sourceIds().join(', ')}.` });
  }
  return adapter;
}
