// Subagents of Gemini CLI, Qwen Code and Kimi CLI, which have logs of their own beside their session's: linked, and
// counted once, through the contract.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workspaceMaker } from '../support/workspaces.ts';

type Json = Record<string, unknown>;
const AT = '2026-10-01T09:00:00.000Z';
const jsonl = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

describe('a subagent', () => {
  const workspace = workspaceMaker();

  it('of Qwen Code is linked by the file beside its log', async () => {
    const { dir, start } = withRoot('qwen');
    const line = (uuid: string, more: object): object => ({ uuid, sessionId: 's-1', timestamp: AT, cwd: '/home/ada', ...more });
    const answer = (uuid: string, text: string, tokens: object): object => line(uuid, { type: 'assistant', model: 'qwen3-coder-plus', message: { role: 'model', parts: [{ text }, { functionCall: { id: `call_${uuid}`, name: 'agent', args: {} } }] }, usageMetadata: tokens });
    write(join(dir, '-home-ada', 'chats', 's-1.jsonl'), jsonl([line('u1', { type: 'user', message: { role: 'user', parts: [{ text: 'Look' }] } }), answer('a1', 'On it', { promptTokenCount: 100, cachedContentTokenCount: 40, candidatesTokenCount: 7, thoughtsTokenCount: 3 })]));
    const agent = join(dir, '-home-ada', 'subagents', 's-1', 'agent-explore-7f3c');
    write(`${agent}.meta.json`, JSON.stringify({ agentId: 'explore-7f3c', agentType: 'explore', description: 'Look around', parentSessionId: 's-1', toolUseId: 'call_a1' }));
    write(`${agent}.jsonl`, jsonl([{ ...answer('b1', 'Seen', { promptTokenCount: 5, candidatesTokenCount: 2 }), agentId: 'explore-7f3c', isSidechain: true }]));
    const daemon = await start();
    expect(await daemon.all('/api/sessions')).toMatchObject([{ id: 's-1', project: '-home-ada', title: 'Look', message_count: 2, subagent_count: 1, usage: { input_tokens: 60, output_tokens: 10, cache_read_input_tokens: 40 }, usage_rollup: { input_tokens: 65, output_tokens: 12 } }]);
    expect(await daemon.all('/api/sessions/s-1/subagents')).toMatchObject([{ id: 'explore-7f3c', type: 'explore', description: 'Look around', tool_use_id: 'call_a1', link: 'meta', parent_agent_id: null }]);
  }, 60_000);

  it('of Gemini CLI is linked by the call that names it, which says what it is', async () => {
    const { dir, start } = withRoot('gemini');
    const tokens = { input: 100, output: 10, cached: 20, thoughts: 5, tool: 3, total: 118 };
    const head = (id: string, kind: string): object => ({ sessionId: id, projectHash: 'h', startTime: AT, lastUpdated: AT, kind });
    const answer = (calls: object[]): object => ({ id: 'g1', timestamp: AT, type: 'gemini', content: 'Yes', model: 'gemini-2.5-pro', tokens, toolCalls: calls });
    const prompt = { id: 'u1', timestamp: AT, type: 'user', content: [{ text: 'Look' }] };
    write(join(dir, 'engine', 'chats', 's-1', 'explorer-7f3c.jsonl'), jsonl([head('explorer-7f3c', 'subagent'), prompt, answer([])]));
    write(join(dir, 'engine', 'chats', 'session-2026-10-01T09-00-s1.jsonl'), jsonl([head('s-1', 'main'), prompt, answer([{ id: 'c1', name: 'explorer', args: { objective: 'Look around' }, status: 'success', agentId: 'explorer-7f3c' }])]));
    const daemon = await start();
    expect(await daemon.all('/api/sessions')).toMatchObject([{ id: 's-1', project: 'engine', message_count: 2, subagent_count: 1, usage: { input_tokens: 83, output_tokens: 15, cache_read_input_tokens: 20 }, usage_rollup: { input_tokens: 166 } }]);
    expect(await daemon.all('/api/sessions/s-1/subagents')).toMatchObject([{ id: 'explorer-7f3c', type: 'explorer', description: 'Look around', tool_use_id: 'c1', link: 'tool_result' }]);
  }, 60_000);

  it('of Kimi CLI counts once, although its session repeats it', async () => {
    const { dir, start } = withRoot('kimi');
    const event = (seconds: number, type: string, payload: Json): object => ({ timestamp: Date.parse(AT) / 1000 + seconds, message: { type, payload } });
    const status = { message_id: 'c-2', token_usage: { input_other: 4, output: 1 } };
    const tool = { id: 'k-2', function: { name: 'Shell', arguments: '{}' } };
    const wrapped = (type: string, payload: Json): Json => ({ parent_tool_call_id: 'k-1', agent_id: 'a1', subagent_type: 'coder', event: { type, payload } });
    write(join(dir, 'abc', 's-1', 'wire.jsonl'), jsonl([event(0, 'TurnBegin', { user_input: 'Count' }), event(1, 'ToolCall', { id: 'k-1', function: { name: 'Agent', arguments: '{}' } }), event(2, 'SubagentEvent', wrapped('ToolCall', tool)), event(3, 'SubagentEvent', wrapped('StatusUpdate', status))]));
    write(join(dir, 'abc', 's-1', 'subagents', 'a1', 'wire.jsonl'), jsonl([event(2, 'ToolCall', tool), event(3, 'StatusUpdate', status)]));
    const daemon = await start();
    expect(await daemon.all('/api/sessions')).toMatchObject([{ id: 's-1', tool_call_count: 1, subagent_count: 1, usage: { input_tokens: 0 }, usage_rollup: { input_tokens: 4, output_tokens: 1 } }]);
    expect(await daemon.all('/api/sessions/s-1/subagents')).toMatchObject([{ id: 'a1', type: 'coder', tool_use_id: 'k-1', link: 'event', tool_call_count: 1 }]);
  }, 60_000);

  function withRoot(source: string): { dir: string; start: () => ReturnType<ReturnType<typeof workspace>['start']> } {
    const made = workspace();
    const dir = join(made.dir, source);
    const start = async (): ReturnType<typeof made.start> => {
      const daemon = await made.start(['--root', `${source}=${dir}`, '--no-archive']);
      await daemon.caughtUp();
      return daemon;
    };
    return { dir, start };
  }
});
