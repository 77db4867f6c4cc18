// Subagents of Claude Code through the contract: which call started each, told by the files beside their
// logs, by runs of workflows and by notices, whichever of these comes first, over a restart.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const SESSION = 'dddddddd-0000-4000-8000-000000000001';
const workspace = new Workspace();
afterAll(() => workspace.remove());

type Json = Record<string, unknown>;
let written = 0;

function line(value: Json): string {
  written += 1;
  const uuid = `dddddddd-0000-4000-9000-${String(written).padStart(12, '0')}`;
  return `${JSON.stringify({ parentUuid: null, uuid, sessionId: SESSION, timestamp: new Date(Date.UTC(2026, 9, 3, 8) + written * 1000).toISOString(), cwd: '/home/ada/engine', ...value })}\n`;
}

const use = (id: string, name: string, extra: Json = {}): string => line({ type: 'assistant', message: { role: 'assistant', content: [{ type: 'tool_use', id, name, input: { description: `call ${id}` } }] }, ...extra });
const said = (agentId: string): string => line({ type: 'user', isSidechain: true, agentId, message: { role: 'user', content: `Work, ${agentId}.` } });

function put(path: string, text: string): void {
  const file = join(workspace.root, '-home-ada-engine', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

interface Node {
  id: string;
  link: string | null;
  tool_use_id: string | null;
  type: string | null;
  description: string | null;
  children: Node[];
}

async function tree(daemon: Daemon): Promise<unknown> {
  const shown = ({ id, link, tool_use_id: tool, type, children }: Node): unknown[] => [id, link, tool, type, ...children.map(shown)];
  return (await daemon.get<{ children: Node[] }>(`/api/sessions/${SESSION}/tree`)).children.map(shown);
}

it('are linked by what lies beside their logs, before and after those are read', async () => {
  const folder = `${SESSION}/subagents`;
  put(`${folder}/agent-a1.meta.json`, JSON.stringify({ agentType: 'Explore', toolUseId: 'toolu_1', spawnDepth: 1 }));
  put(`${folder}/agent-a2.jsonl`, said('a2'));
  put(`${folder}/agent-a1.jsonl`, said('a1') + use('toolu_2', 'Agent', { isSidechain: true, agentId: 'a1' }));
  put(`${folder}/workflows/wf_1/agent-w1.jsonl`, said('w1'));
  put(`${folder}/workflows/wf_1/agent-w1.meta.json`, JSON.stringify({ agentType: 'workflow-subagent' }));
  put(`${folder}/agent-torn.meta.json`, '{"agentType": ');
  put(`${SESSION}.jsonl`, [
    use('toolu_1', 'Task'), use('toolu_w', 'Workflow'),
    line({ type: 'user', message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_w', content: 'launched' }] }, toolUseResult: { status: 'async_launched', runId: 'wf_1', taskId: 'task_1' } }),
  ].join(''));
  let daemon = await workspace.start(['--sweep-seconds', '1']);
  await daemon.caughtUp();
  const [a1, w1] = [(more: unknown[]): unknown[] => ['a1', 'meta', 'toolu_1', 'Explore', ...more], ['w1', 'run', 'toolu_w', 'workflow-subagent']];
  expect(await tree(daemon)).toEqual([['a2', null, null, null], a1([]), w1]);
  const status = await daemon.get<{ files: number; problems: { code: string; path: string }[] }>('/api/status');
  expect([status.files, status.problems.map(({ code, path }) => [code, path.endsWith('agent-torn.meta.json')])]).toEqual([4, [['unreadable_sidecar', true]]]);

  put(`${folder}/agent-a2.meta.json`, JSON.stringify({ agentType: 'Plan', description: 'Deeper', toolUseId: 'toolu_2', spawnDepth: 2 }));
  const whole = [a1([['a2', 'meta', 'toolu_2', 'Plan']]), w1];
  await until(async () => JSON.stringify(await tree(daemon)) === JSON.stringify(whole));
  await daemon.kill();
  daemon = await workspace.start();
  await daemon.caughtUp();
  expect(await tree(daemon)).toEqual(whole);
  expect(await daemon.get(`/api/sessions/${SESSION}`)).toMatchObject({ subagent_count: 3, files: 4 });
}, 60_000);
