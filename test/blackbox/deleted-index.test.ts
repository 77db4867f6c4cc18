// An index that is deleted while the daemon runs: it is said, and the next start has everything again.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';

const workspace = new Workspace();
afterAll(() => workspace.remove());

it.skipIf(process.platform === 'win32')('is said in health and status, and made anew by the next start', async () => {
  mkdirSync(join(workspace.root, 'p'));
  writeFileSync(join(workspace.root, 'p', 's.jsonl'), Array.from({ length: 3 }, (_, n) => `${userLine({ session: 's', n })}\n`).join(''));
  const daemon = await workspace.start();
  await daemon.caughtUp();
  expect(await daemon.get('/health')).toMatchObject({ status: 'ok' });
  for (const name of readdirSync(workspace.dataDir)) if (name.startsWith('index.duckdb')) rmSync(join(workspace.dataDir, name));
  expect(await daemon.get('/health')).toMatchObject({ status: 'degraded', checks: { index: { ok: false } } });
  expect(await daemon.get('/api/status')).toMatchObject({ lines: 3, problems: [{ code: 'index_gone', path: join(workspace.dataDir, 'index.duckdb') }] });
  const page = '/api/sessions/s/messages?limit=1';
  const { next_cursor: cursor } = await daemon.get<{ next_cursor: string }>(page);
  const { epoch } = await daemon.get<{ epoch: string }>('/api/status');
  expect(await daemon.stop()).toBe(0);
  const next = await workspace.start();
  await next.caughtUp();
  // Its offsets are of the index that is gone.
  const refused = await next.fetch(`${page}&cursor=${cursor}`);
  expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'invalid_cursor', parameter: 'cursor', detail: `The cursor is of the epoch ${epoch}; the index was made anew since then.` }]);
  expect(await next.get('/health')).toMatchObject({ status: 'ok' });
  expect(await next.get('/api/status')).toMatchObject({ lines: 3, problems: [] });
  const { next_cursor: kept } = await next.get<{ next_cursor: string }>(page);
  await next.stop();
  const again = await workspace.start();
  expect(await again.get<object>(`${page}&cursor=${kept}`)).toMatchObject({ items: [{ line: 2 }], has_more: true });
  await again.stop();
});
