// Where the data directory may be.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareDataDir } from '../../src/daemon/data-dir.ts';

let above: string;
beforeEach(() => {
  above = mkdtempSync(join(tmpdir(), 'data-dir-'));
});
afterEach(() => rmSync(above, { recursive: true, force: true }));

it('is refused by name where the index could not keep its log', () => {
  const dir = join(above, 'what?', 'lake');
  expect(() => prepareDataDir(dir)).toThrow(expect.objectContaining({ code: 'config', message: `The data directory ${dir} cannot be used: its path has a "?" in it` }) as Error);
  expect(existsSync(join(above, 'what?'))).toBe(false);
});

it('may have any other sign in its path', () => {
  const dir = join(above, 'a b;c%20#*[x]\\\'"ü漢');
  expect(existsSync(prepareDataDir(dir).archive)).toBe(true);
});
