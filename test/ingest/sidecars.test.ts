// Sidecars: read once as they stand, again when they change, and in nobody's way where they cannot be read.

import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { SidecarOp } from '../../src/core/commit-op.ts';
import { userLine } from '../support/claude-lines.ts';
import { MemoryLake } from './memory-lake.ts';
import { newIngest, rest, withFolder } from './test-ingest.ts';
import type { Started } from './test-ingest.ts';

const SESSION = 'b3c9061a-1111-4222-8333-444455556666';

class KeepingLake extends MemoryLake {
  readonly sidecarsStored: string[] = [];

  override async commit(ops: Parameters<MemoryLake['commit']>[0]): Promise<void> {
    await super.commit(ops);
    this.sidecarsStored.push(...ops.filter((op): op is SidecarOp => op.kind === 'sidecar').map(({ sidecar }) => `${sidecar.agent} ${sidecar.toolUseId} ${sidecar.agentType}`));
  }
}

async function inSession(use: (parts: { dir: string; folder: string; lake: KeepingLake; start: () => Promise<Started> }) => Promise<void>): Promise<void> {
  await withFolder(async (dir) => {
    const folder = `${dir}/-p/${SESSION}/subagents`;
    mkdirSync(`${folder}/workflows/wf_1`, { recursive: true });
    const lake = new KeepingLake();
    const start = async (): Promise<Started> => {
      const started = newIngest(dir, lake);
      await started.ingest.start();
      await started.ingest.caughtUp();
      return started;
    };
    await use({ dir, folder, lake, start });
  });
}

it('are read once, also over a start, and again when they change', () => inSession(async ({ folder, lake, start }) => {
  writeFileSync(`${folder}/agent-a.meta.json`, JSON.stringify({ agentType: 'Explore', toolUseId: 't1', spawnDepth: 1 }));
  writeFileSync(`${folder}/workflows/wf_1/agent-b.meta.json`, JSON.stringify({ agentType: 'workflow-subagent', worktreePath: '/w' }));
  const first = await start();
  await rest(first.ingest, () => lake.commits);
  expect(lake.sidecarsStored.toSorted()).toEqual(['a t1 Explore', 'b null workflow-subagent']);
  await first.ingest.close();
  const { ingest } = await start();
  writeFileSync(`${folder}/agent-a.meta.json`, JSON.stringify({ agentType: 'Explore', toolUseId: 't2' }));
  utimesSync(`${folder}/agent-a.meta.json`, 1e9, 1e9);
  await rest(ingest, () => lake.commits);
  expect(lake.sidecarsStored).toHaveLength(3);
  expect(lake.sidecarsStored.at(-1)).toBe('a t2 Explore');
  expect([...lake.beside.values()].map(({ session, source }) => [session, source])).toEqual([[SESSION, 'claude-code'], [SESSION, 'claude-code']]);
  await ingest.close();
}));

it('that cannot be read are told as problems until they can, and the logs beside them are read', () => inSession(async ({ folder, lake, start }) => {
  const broken: Record<string, string> = { torn: '{"agentType": "Exp', list: '[]', large: JSON.stringify({ agentType: 'x'.repeat(70_000) }), empty: '' };
  for (const [name, text] of Object.entries(broken)) {
    writeFileSync(`${folder}/agent-${name}.meta.json`, text);
    writeFileSync(`${folder}/agent-${name}.jsonl`, `${userLine({ session: SESSION, n: 1 })}\n`);
  }
  symlinkSync('/etc/hostname', `${folder}/agent-link.meta.json`);
  const { ingest, problems } = await start();
  const told = (): (string | null)[] => problems.list().map(({ code, path }) => (code === 'unreadable_sidecar' ? (path?.split('/').at(-1) ?? null) : code)).toSorted();
  expect(told()).toEqual(['agent-empty.meta.json', 'agent-large.meta.json', 'agent-list.meta.json', 'agent-torn.meta.json']);
  expect([lake.sidecarsStored, lake.lines.length]).toEqual([[], 4]);
  writeFileSync(`${folder}/agent-torn.meta.json`, JSON.stringify({ agentType: 7, toolUseId: {}, description: 'half \ud83d' }));
  rmSync(`${folder}/agent-large.meta.json`);
  await rest(ingest, () => lake.commits);
  expect(told()).toEqual(['agent-empty.meta.json', 'agent-list.meta.json']);
  expect(lake.sidecarsStored).toEqual(['torn null null']);
  expect(lake.beside.values().next().value).toMatchObject({ description: 'half \ufffd' });
  await ingest.close();
}));

it('are read again where their commit failed', () => inSession(async ({ folder, lake, start }) => {
  for (const outcome of ['refused', 'stored_but_failed'] as const) {
    writeFileSync(`${folder}/agent-${outcome}.meta.json`, JSON.stringify({ toolUseId: outcome }));
    let failures = 1;
    lake.outcome = () => (failures-- > 0 ? outcome : 'stored');
    const { ingest } = await start();
    await rest(ingest, () => lake.commits);
    expect([...lake.beside.values()].some((mark) => mark.path.includes(outcome))).toBe(true);
    await ingest.close();
  }
}));
