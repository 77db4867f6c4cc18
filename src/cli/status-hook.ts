// What an agent's hook says of its state, in JSON of a shape that changes: what is not there, or is not
// what it should be, is not known.

import type { Input } from './io.ts';

export interface Hook {
  session: string | null;
  model: string | null;
  /** As the agent counts it. */
  costUsd: number | null;
  contextPercent: number | null;
}

const MAX_BYTES = 1024 * 1024;
/** A hook writes at once; without one, nobody ever does. */
const WAIT_MS = 200;

export async function readHook(input: Input): Promise<Hook> {
  const document = input.isTTY === true ? null : parsed(await textOf(input));
  const cost = at(document, 'cost', 'total_cost_usd');
  const percent = at(document, 'context_window', 'used_percentage');
  return {
    session: text(at(document, 'session_id')),
    model: text(at(document, 'model', 'display_name')) ?? text(at(document, 'model', 'id')),
    costUsd: typeof cost === 'number' && cost >= 0 ? cost : null,
    contextPercent: typeof percent === 'number' && percent >= 0 ? percent : null,
  };
}

function textOf(input: Input): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (): void => {
      clearTimeout(timer);
      input.removeAllListeners('data').pause();
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const timer = setTimeout(end, WAIT_MS);
    input.on('data', (chunk: Buffer | string) => {
      const piece = Buffer.from(chunk as string);
      chunks.push(piece);
      bytes += piece.length;
      if (bytes > MAX_BYTES) end();
    });
    input.once('end', end).once('error', end);
  });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Record<string, unknown>)[key] : undefined), value);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
