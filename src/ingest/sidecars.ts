// Small JSON documents beside logs. One that is new or changed is read whole and committed like anything
// else that was read; what it says is joined to its log when somebody asks, so that it may come before or
// after it. One that cannot be read stands in nobody's way: it is told as a problem and looked at again
// when it changes.

import { closeSync } from 'node:fs';
import type { SidecarOp } from '../core/commit-op.ts';
import { messageOf } from '../core/errors.ts';
import type { Sidecar, SidecarMark } from '../core/sidecar.ts';
import { Turns } from '../core/time/turns.ts';
import { wellFormed } from '../core/bytes/well-formed.ts';
import type { SidecarFacts } from '../sources/adapter.ts';
import { objectOf } from '../sources/json-value.ts';
import { adapterOf } from '../sources/registry.ts';
import type { FoundFile } from './discovery.ts';
import { isGone, openSource, readExactly, statOf } from './identity.ts';
import type { Problems } from './problems.ts';
import { SeenDocuments } from './seen-documents.ts';
import type { Seen } from './seen-documents.ts';

const MAX_BYTES = 64 * 1024;
/** Longer texts are no description. */
const TEXT_MAX_CHARS = 1000;
const PROBLEM = 'unreadable_sidecar';

export class Sidecars {
  private readonly problems: Problems;
  private readonly store: (ops: SidecarOp[]) => void;
  private seen = new SeenDocuments();

  constructor(problems: Problems, store: (ops: SidecarOp[]) => void) {
    this.problems = problems;
    this.store = store;
  }

  /** What is stored; what was read beyond it does not count any more. */
  load(marks: readonly SidecarMark[]): void {
    this.seen = new SeenDocuments();
    for (const { root, path, ...seen } of marks) this.seen.set(`${root}/${path}`, seen);
  }

  /** Reads those that changed. `isOpen`: asked before each; false ends it. */
  async take(found: readonly FoundFile[], isOpen: () => boolean): Promise<void> {
    let ops: SidecarOp[] = [];
    const turns = new Turns();
    for (const file of found) {
      if (!isOpen()) return;
      const sidecar = this.hasChanged(file) ? this.read(file) : null;
      if (sidecar !== null) ops.push({ kind: 'sidecar', sidecar });
      if (!turns.isOver) continue;
      // What is handed over belongs to the state of things now: nothing is kept over a turn.
      if (ops.length > 0) this.store(ops);
      ops = [];
      await turns.next();
    }
    if (ops.length > 0) this.store(ops);
  }

  private hasChanged({ absolute, stats }: FoundFile): boolean {
    const known = this.seen.at(absolute);
    return known === undefined || known.size !== stats.size || known.modifiedMs !== Math.trunc(stats.mtimeMs);
  }

  /** Null where it says nothing, or cannot be read. */
  private read({ root, path, absolute, stats }: FoundFile): Sidecar | null {
    let seen: Seen = { size: stats.size, modifiedMs: Math.trunc(stats.mtimeMs) };
    try {
      const document = readDocument(absolute);
      ({ seen } = document);
      const facts = adapterOf(root.source).sidecar?.(root.path, path, document.value) ?? null;
      this.problems.clear(PROBLEM, absolute);
      return facts === null ? null : { source: root.source, root: root.path, path, ...seen, ...tidied(facts) };
    } catch (error) {
      if (!isGone(error)) this.problems.raise(PROBLEM, `${absolute} cannot be read: ${messageOf(error)}`, { path: absolute, hint: 'Its log is read all the same; it is tried again when it changes.' });
      return null;
    } finally {
      this.seen.set(absolute, seen);
    }
  }
}

/** Throws where it is no JSON object, too large, or not there. */
function readDocument(absolute: string): { value: Record<string, unknown>; seen: Seen } {
  const fd = openSource(absolute);
  try {
    const { size, mtimeMs } = statOf(fd);
    if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    const value = objectOf(JSON.parse(Buffer.from(readExactly(fd, 0, size)).toString('utf8').replace(/^\ufeff/, '')));
    if (value === null) throw new Error('it holds no JSON object');
    return { value, seen: { size, modifiedMs: Math.trunc(mtimeMs) } };
  } finally {
    closeSync(fd);
  }
}

function tidied(facts: SidecarFacts): SidecarFacts {
  const text = (value: string | null): string | null => (value === null ? null : wellFormed(value.slice(0, TEXT_MAX_CHARS)));
  return { session: facts.session, agent: facts.agent, toolUseId: text(facts.toolUseId), agentType: text(facts.agentType), description: text(facts.description) };
}
