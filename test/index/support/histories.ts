// Random histories: files that grow by lines that refer to one another, in any order, and how they are
// grouped into commits.

import fc from 'fast-check';
import type { CommitOp } from '../../../src/core/commit-op.ts';
import { anyLine } from '../../sources/support/claude-logs.ts';
import { SourceFile } from './source-file.ts';
import type { SourceFileOptions } from './source-file.ts';

const FILES: readonly [path: string, options: SourceFileOptions][] = [
  ['-home-ada/s1.jsonl', { birthMs: 20 }],
  ['-home-ada/s2.jsonl', { birthMs: 10 }],
  ['-home-ada/agent-a1.jsonl', {}],
  ['-home-ada/s1/subagents/agent-a2.jsonl', {}],
  ['-srv-tree/s1.jsonl', { birthMs: 20, generation: 1 }],
  ['logs/s1.jsonl', { source: 'jsonl' }],
];

export interface Step {
  /** Which file. */
  file: number;
  lines: Buffer[];
  /** What happens after it. */
  afterwards: 'nothing' | 'commit' | 'restart' | 'compact' | 'gone';
}

export function histories(maxSteps: number): fc.Arbitrary<Step[]> {
  const step = fc.record({
    file: fc.nat(FILES.length - 1),
    lines: fc.array(anyLine, { minLength: 1, maxLength: 5 }),
    afterwards: fc.constantFrom<Step['afterwards']>('nothing', 'nothing', 'commit', 'commit', 'commit', 'restart', 'compact', 'gone'),
  });
  return fc.array(step, { minLength: 1, maxLength: maxSteps });
}

/** The same operations each time, one or two a step. */
export function operationsOf(steps: readonly Step[]): CommitOp[][] {
  const files = FILES.map(([path, options], i) => new SourceFile(i + 1, path, options));
  return steps.map(({ file, lines, afterwards }) => {
    const source = files[file] as SourceFile;
    const read = source.read(lines);
    return afterwards === 'gone' ? [read, source.change({ state: 'gone' })] : [read];
  });
}
