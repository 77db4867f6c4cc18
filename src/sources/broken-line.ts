// Why a line is no JSON, in a few words that do not repeat what it says.

import type { RejectReason } from '../core/scan-batch.ts';
import { wellFormed } from '../core/bytes/well-formed.ts';

const DETAIL_MAX_LENGTH = 120;

export function whyBroken(text: string): { reason: RejectReason; detail: string | null } {
  const nul = text.match(/\0+/g);
  if (nul !== null) return { reason: 'nul_bytes', detail: nulDetail(text, nul) };
  return { reason: 'invalid_json', detail: parseError(text) };
}

/** A machine that crashed while it wrote leaves blocks that were never written: a run of NUL bytes, often a whole line's. */
function nulDetail(text: string, runs: readonly string[]): string {
  const total = runs.reduce((sum, run) => sum + run.length, 0);
  const bytes = `${total} NUL ${total === 1 ? 'byte' : 'bytes'}`;
  if (total === text.length) return `nothing but ${bytes}`;
  return runs.length === 1 ? `${bytes} at position ${text.indexOf('\0')}` : `${bytes} in ${runs.length} runs, the first at position ${text.indexOf('\0')}`;
}

/** The engine's words without the part of the line that it quotes; the line itself can be read from its range. */
function parseError(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [words = ''] = message.split(/(?:, )?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s);
    return words === '' ? 'not JSON' : wellFormed(words).slice(0, DETAIL_MAX_LENGTH);
  }
}
