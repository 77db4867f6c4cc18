import { expect, it } from 'vitest';
import { rootLines } from '../../src/cli/root-lines.ts';
import { styleOf } from '../../src/cli/style.ts';
import { memoryIo } from './support/memory-io.ts';

const root = (path: string, exists: boolean) => ({ source: 'jsonl', path, exists });

it('roots that were asked for are all shown; of the many that agents may have, those that are there', () => {
  const io = memoryIo();
  const style = styleOf(io, io.stdout);
  expect(rootLines([root('/a', true), root('/b', false)], style)).toEqual(['/a (jsonl)', '/b (jsonl, not there yet)']);
  expect(rootLines([root('/a', true), ...['/b', '/c', '/d', '/e'].map((path) => root(path, false))], style)).toEqual(['/a (jsonl)', 'and 4 places of other agents, once there is something']);
});
