// Where the scanner cannot be loaded, lines are parsed whole: the same batches, and a reason for the log.

import { expect, it, vi } from 'vitest';
import { scannerProblem } from '../../src/sources/selective/selective-scanner.ts';
import { fileOf } from './support/claude-logs.ts';
import { plainRow, scan } from './support/scanned.ts';

vi.mock('../../src/sources/selective/scanner-module.ts', () => ({
  instantiateScanner: () => {
    throw new Error('no scanner here');
  },
}));

it('lines are read all the same, and the reason can be told', () => {
  const batch = scan(fileOf([JSON.stringify({ type: 'user', uuid: 'u1', sessionId: 's1' }), '{"type":']));
  expect(plainRow(batch, 0)).toMatchObject({ type: 'user', uuid: 'u1', session: 's1' });
  expect(batch.rejects).toMatchObject([{ reason: 'invalid_json', line: 2 }]);
  expect(scannerProblem()).toBe('no scanner here');
});
