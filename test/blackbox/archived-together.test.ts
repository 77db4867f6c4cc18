// Lines of many small sessions that are in the archive alone: an export does not ask for each of them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { archiveAll, removeSources } from './support/archive.ts';

let workspace: Workspace;
afterEach(() => workspace.remove());

const SESSIONS = 120;
const EXPORTS = ['format=jsonl', 'format=ndjson&content=raw', 'format=csv&content=text'];

async function statements(daemon: Daemon): Promise<number> {
  const metrics = await (await daemon.fetch('/metrics')).text();
  return Number(/sessionlake_query_duration_seconds_count\{operation="export"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

it('are read together, and come as they were', { timeout: 120_000 }, async () => {
  workspace = new Workspace();
  const paths = Array.from({ length: SESSIONS }, (_, s) => join(workspace.root, `session-${s}.jsonl`));
  const flags = ['--no-archive', '--root', `claude-code=${workspace.root}`];
  for (const [s, path] of paths.entries()) writeFileSync(path, Array.from({ length: 5 }, (_, n) => `${userLine({ session: `session-${s}`, n, text: `prompt ${n} of ${s} é` })}\n`).join(''));
  let daemon = await workspace.start(flags);
  await daemon.caughtUp();
  const page = '/api/events?content=raw&limit=1000';
  const events = (await daemon.get<{ items: unknown[] }>(page)).items;
  expect(events).toHaveLength(SESSIONS * 5);
  const before = new Map<string, string>();
  for (const query of EXPORTS) before.set(query, await daemon.text(`/api/export?${query}`));
  await archiveAll(daemon);
  await removeSources(daemon, paths);
  expect(await daemon.stop()).toBe(0);

  for (const query of EXPORTS) {
    daemon = await workspace.start(flags);
    await daemon.caughtUp();
    const asked = await statements(daemon);
    expect(await daemon.text(`/api/export?${query}`)).toBe(before.get(query));
    expect((await statements(daemon)) - asked).toBeLessThan(SESSIONS / 4);
    expect(await daemon.stop()).toBe(0);
  }
  daemon = await workspace.start(flags);
  expect((await daemon.get<{ items: unknown[] }>(page)).items).toEqual(events);
  expect(await daemon.stop()).toBe(0);
});
