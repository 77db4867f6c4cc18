// The sources' adapters. Adding one is a folder, a line here and its name in core/settings/source-id.ts.

import { LakeError } from '../core/errors.ts';
import { SOURCE_IDS, type SourceId } from '../core/settings/source-id.ts';
import type { SourceAdapter } from './adapter.ts';
import { amp } from './amp/adapter.ts';
import { ampDocuments } from './amp/documents.ts';
import { chatgpt } from './chatgpt/adapter.ts';
import { claudeAi } from './claude-ai/adapter.ts';
import { claudeCode } from './claude-code/adapter.ts';
import { codex } from './codex/adapter.ts';
import { copilot } from './copilot/adapter.ts';
import { cursor } from './cursor/adapter.ts';
import type { DocumentSource } from './document.ts';
import { droid } from './droid/adapter.ts';
import { droidDocuments } from './droid/documents.ts';
import { gemini } from './gemini/adapter.ts';
import { geminiDocuments } from './gemini/documents.ts';
import { jsonl } from './jsonl/adapter.ts';
import { kimi } from './kimi/adapter.ts';
import { opencode } from './opencode/adapter.ts';
import { opencodeDocuments } from './opencode/documents.ts';
import { pi } from './pi/adapter.ts';
import { qwen } from './qwen/adapter.ts';

/** Each knows its own state, which nobody else looks into. */
const ADAPTERS = { 'claude-code': claudeCode, codex, copilot, pi, gemini, qwen, droid, cursor, kimi, opencode, amp, 'claude-ai': claudeAi, chatgpt, jsonl } satisfies Record<SourceId, { id: SourceId }> as unknown as Readonly<Record<SourceId, SourceAdapter>>;
const BY_ID: ReadonlyMap<string, SourceAdapter> = new Map(Object.entries(ADAPTERS));

const DOCUMENTS: readonly DocumentSource[] = [geminiDocuments, droidDocuments, opencodeDocuments, ampDocuments];

export function adapters(): SourceAdapter[] {
  return [...BY_ID.values()];
}

/** How the documents of a source are read that are rewritten; null where it has none. */
export function documentsOf(source: string): DocumentSource | null {
  return DOCUMENTS.find((documents) => documents.id === source) ?? null;
}

/** Throws `config` for an unknown source. */
export function adapterOf(source: string): SourceAdapter {
  const adapter = BY_ID.get(source);
  if (adapter === undefined) {
    throw new LakeError('config', `There is no source named "${source}".`, { hint: `Known sources: ${SOURCE_IDS.join(', ')}.` });
  }
  return adapter;
}
