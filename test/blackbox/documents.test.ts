// Agents that rewrite documents, and files that people import, through the contract.

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { afterAll, describe, expect, it } from 'vitest';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

type Json = Record<string, unknown>;
const AT = Date.UTC(2026, 9, 1, 9);
const iso = (seconds: number): string => new Date(AT + seconds * 1000).toISOString();

async function textsOf(daemon: Daemon, session: string): Promise<unknown[]> {
  return (await daemon.all<Json>(`/api/sessions/${session}/messages?limit=1000`)).map((message) => message['text']);
}

async function sessionOf(daemon: Daemon, id: string): Promise<Json | null> {
  return (await daemon.all<Json>('/api/sessions?limit=500')).find((session) => session['id'] === id) ?? null;
}

describe('a document that is rewritten', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('is followed while it changes and after a restart: a database, a JSON document, settings beside a log', async () => {
    const roots = { opencode: join(workspace.dir, 'opencode'), gemini: join(workspace.dir, 'gemini'), droid: join(workspace.dir, 'droid') };
    for (const root of Object.values(roots)) mkdirSync(root, { recursive: true });
    const agent = new Database(join(roots.opencode, 'opencode.db'));
    agent.pragma('journal_mode = WAL');
    agent.exec(`CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, title TEXT, directory TEXT, time_created INTEGER, time_updated INTEGER);
      CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
      CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT)`);
    let turn = 0;
    const say = (role: string, text: string, tokens?: object): void => {
      const at = AT + ++turn * 1000;
      agent.prepare('INSERT INTO message VALUES (?,?,?,?,?)').run(`msg_${turn}`, 'ses_1', at, at, JSON.stringify({ role, modelID: 'm-1', time: { created: at }, ...(tokens === undefined ? {} : { tokens }) }));
      agent.prepare('INSERT INTO part VALUES (?,?,?,?,?,?)').run(`prt_${turn}`, `msg_${turn}`, 'ses_1', at, at, JSON.stringify({ type: 'text', text }));
    };
    agent.prepare('INSERT INTO session VALUES (?,?,?,?,?,?)').run('ses_1', null, 'Wheels', '/home/ada/engine', AT, AT);
    say('user', 'Oil them');
    // Two sessions below it, one of which started the other, and two that lead to each other.
    for (const [id, parent] of [['ses_2', 'ses_1'], ['ses_3', 'ses_2'], ['ses_8', 'ses_9'], ['ses_9', 'ses_8'], ['ses_7', 'ses_gone']] as const) {
      agent.prepare('INSERT INTO session VALUES (?,?,?,?,?,?)').run(id, parent, `Below ${parent}`, '/home/ada/else', AT, AT);
      agent.prepare('INSERT INTO message VALUES (?,?,?,?,?)').run(`msg_${id}`, id, AT, AT, JSON.stringify({ role: 'assistant', modelID: 'm-1', time: { created: AT }, tokens: { input: 1, output: 1 } }));
    }
    const start = (call: string, by: string, session: string): unknown => agent.prepare('INSERT INTO part VALUES (?,?,?,?,?,?)').run(`prt_${call}`, `msg_${by}`, by, AT, AT, JSON.stringify({ type: 'tool', tool: 'task', callID: call, state: { status: 'completed', input: { subagent_type: 'explore' }, metadata: { sessionId: session } } }));
    start('call_3', 'ses_2', 'ses_3');
    const chats = join(roots.gemini, 'engine', 'chats');
    mkdirSync(chats, { recursive: true });
    const messages: Json[] = [{ id: 'u1', timestamp: iso(0), type: 'user', content: 'Count' }];
    const rewrite = (): void => writeFileSync(join(chats, 'session-1.json'), JSON.stringify({ sessionId: 'g-1', startTime: iso(0), lastUpdated: iso(messages.length), messages }));
    rewrite();
    const settings = (output: number): void => writeFileSync(join(roots.droid, 'd-1.settings.json'), JSON.stringify({ model: 'm-2', tokenUsage: { inputTokens: 10, outputTokens: output, cacheCreationTokens: 0, cacheReadTokens: 5 } }));
    writeFileSync(join(roots.droid, 'd-1.jsonl'), `${JSON.stringify({ type: 'session_start', id: 'd-1', title: 'Fix it', cwd: '/home/ada' })}\n`);
    settings(3);

    const flags = Object.entries(roots).flatMap(([source, path]) => ['--root', `${source}=${path}`]);
    let daemon = await workspace.start([...flags, '--sweep-seconds', '1']);
    await daemon.caughtUp();
    expect(await textsOf(daemon, 'ses_1')).toEqual(['Oil them']);
    const tree = await daemon.get<{ session: Json; children: (Json & { children: Json[] })[] }>('/api/sessions/ses_1/tree');
    expect(tree.children).toMatchObject([{ id: 'ses_2', children: [{ id: 'ses_3' }] }]);
    expect(await daemon.all('/api/sessions/ses_1/subagents')).toMatchObject([{ id: 'ses_2', parent_agent_id: null, tool_use_id: null }, { id: 'ses_3', parent_agent_id: 'ses_2', tool_use_id: 'call_3', link: 'tool_result', type: 'explore' }]);
    expect(tree.session).toMatchObject({ title: 'Wheels', cwd: '/home/ada/engine', usage_rollup: { input_tokens: 2, output_tokens: 2 } });
    expect((await daemon.all<Json>('/api/sessions?source=opencode')).map(({ id }) => id).toSorted()).toEqual(['ses_1', 'ses_7', 'ses_8', 'ses_9']);
    expect(await textsOf(daemon, 'g-1')).toEqual(['Count']);
    expect(await sessionOf(daemon, 'd-1')).toMatchObject({ title: 'Fix it', source: 'droid', usage: { input_tokens: 10, output_tokens: 3, cache_read_input_tokens: 5 } });

    say('assistant', 'Done', { input: 5, output: 6, reasoning: 1, cache: { read: 7, write: 8 } });
    messages.push({ id: 'a1', timestamp: iso(1), type: 'gemini', content: 'Three', model: 'gemini-2.5-pro', tokens: { input: 20, output: 4, cached: 15, thoughts: 1, tool: 0 } });
    rewrite();
    settings(9);
    // A message is there before its parts are: what is shown is its newest version.
    await until(async () => (await textsOf(daemon, 'ses_1')).at(1) === 'Done' && (await textsOf(daemon, 'g-1')).length === 2);
    await until(async () => (await daemon.get<{ usage: Json }>('/api/sessions/d-1')).usage['output_tokens'] === 9);
    await daemon.stop();

    say('user', 'And again');
    messages.push({ id: 'u2', timestamp: iso(2), type: 'user', content: 'Sure?' });
    rewrite();
    daemon = await workspace.start([...flags, '--sweep-seconds', '1']);
    await daemon.caughtUp();
    expect(await textsOf(daemon, 'ses_1')).toEqual(['Oil them', 'Done', 'And again']);
    expect((await daemon.all<Json>('/api/files?source=opencode&limit=1000')).filter(({ state }) => state === 'present')).toHaveLength(6);
    expect(await textsOf(daemon, 'g-1')).toEqual(['Count', 'Three', 'Sure?']);
    expect(await sessionOf(daemon, 'ses_1')).toMatchObject({ title: 'Wheels', cwd: '/home/ada/engine', source: 'opencode', usage: { input_tokens: 5, output_tokens: 7, cache_creation_input_tokens: 8, cache_read_input_tokens: 7 } });
    expect(await sessionOf(daemon, 'g-1')).toMatchObject({ usage: { input_tokens: 5, output_tokens: 5, cache_read_input_tokens: 15 } });
    agent.close();
  }, 120_000);

  it('counts what a newer version of a message adds, and shows the newest once', async () => {
    const other = new Workspace();
    const root = join(other.dir, 'gemini', 'engine', 'chats');
    mkdirSync(root, { recursive: true });
    const path = join(root, 'session-1.jsonl');
    const answer = (content: string, calls: object[], output: number): string =>
      `${JSON.stringify({ id: 'a1', timestamp: iso(1), type: 'gemini', content, model: 'gemini-2.5-pro', toolCalls: calls, tokens: { input: 20, output, cached: 0, thoughts: 0, tool: 0 } })}\n`;
    const call = (id: string, status?: string): object => ({ id, name: 'ls', args: {}, ...(status === undefined ? {} : { status }) });
    writeFileSync(path, `${JSON.stringify({ sessionId: 'g-1', startTime: iso(0) })}\n${JSON.stringify({ id: 'u1', timestamp: iso(0), type: 'user', content: 'List' })}\n${answer('', [call('c1')], 2)}`);
    let daemon = await other.start(['--root', `gemini=${join(other.dir, 'gemini')}`]);
    try {
      await daemon.caughtUp();
      expect(await sessionOf(daemon, 'g-1')).toMatchObject({ message_count: 2, tool_call_count: 1, error_count: 0 });
      appendFileSync(path, answer('', [call('c1', 'error'), call('c2')], 4));
      await until(async () => (await sessionOf(daemon, 'g-1'))?.['tool_call_count'] === 2);
      await daemon.kill();
      appendFileSync(path, answer('Both', [call('c1', 'error'), call('c2', 'success')], 9));
      daemon = await other.start(['--root', `gemini=${join(other.dir, 'gemini')}`]);
      await daemon.caughtUp();
      expect(await sessionOf(daemon, 'g-1')).toMatchObject({ message_count: 2, tool_call_count: 2, error_count: 1, usage: { input_tokens: 20, output_tokens: 9 } });
      const messages = await daemon.all<Json>('/api/sessions/g-1/messages');
      expect(messages.map(({ uuid, text, replaces }) => [uuid, text, replaces])).toEqual([['u1', 'List', undefined], ['a1', expect.stringContaining('Both'), true]]);
      const exported = (await daemon.text('/api/export?session=g-1&content=none')).trimEnd().split('\n').map((line) => JSON.parse(line) as Json);
      expect(exported.filter((record) => record['uuid'] === 'a1').map((record) => record['replaces'])).toEqual([undefined, true, true]);
    } finally {
      await daemon.stop();
      other.remove();
    }
  }, 60_000);

  it('that cannot be read is a problem with its path, and the others go on', async () => {
    const other = new Workspace();
    const root = join(other.dir, 'gemini', 'engine', 'chats');
    mkdirSync(root, { recursive: true });
    const path = join(root, 'session-1.json');
    writeFileSync(path, '{"sessionId":"g-1","messages":[{"id":"u1","type":"user","content":"Hi"},');
    writeFileSync(join(root, 'session-2.json'), JSON.stringify({ sessionId: 'g-2', messages: [{ id: 'u1', type: 'user', content: 'Hello' }] }));
    const daemon = await other.start(['--root', `gemini=${join(other.dir, 'gemini')}`, '--sweep-seconds', '1']);
    try {
      await daemon.caughtUp();
      expect(await textsOf(daemon, 'g-2')).toEqual(['Hello']);
      const { problems } = await daemon.get<{ problems: Json[] }>('/api/status');
      expect(problems).toMatchObject([{ code: 'unreadable_document', path }]);
      writeFileSync(path, '{"sessionId":"g-1","messages":[{"id":"u1","type":"user","content":"Hi"}]}');
      await until(async () => (await daemon.get<{ problems: Json[] }>('/api/status')).problems.length === 0);
      await until(async () => (await daemon.fetch('/api/sessions/g-1')).ok);
      expect(await textsOf(daemon, 'g-1')).toEqual(['Hi']);
    } finally {
      await daemon.stop();
      other.remove();
    }
  }, 60_000);
});

describe('an export that is imported', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  const cli = (...args: string[]): string =>
    execFileSync(process.execPath, [fileURLToPath(new URL('../../bin/sessionlake.js', import.meta.url)), ...args, '--data-dir', workspace.dataDir], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  it('is there at once beside the logs, once however often it is imported', async () => {
    const conversation = (answers: number): string =>
      JSON.stringify([{ uuid: 'c-1', name: 'Bridges', created_at: iso(0), chat_messages: Array.from({ length: answers }, (_, n) => ({ uuid: `m-${n}`, sender: n % 2 === 0 ? 'human' : 'assistant', text: `text ${n}`, content: [{ type: 'text', text: `text ${n}` }], created_at: iso(n) })) }]);
    const file = join(workspace.dir, 'conversations.json');
    const daemon = await workspace.start();
    await daemon.caughtUp();
    writeFileSync(file, conversation(2));
    expect(JSON.parse(cli('import', file, '--json'))).toMatchObject({ source: 'claude-ai', items: 3, imported: 3 });
    await until(async () => (await sessionOf(daemon, 'c-1')) !== null && (await textsOf(daemon, 'c-1')).length === 2);
    writeFileSync(file, conversation(4));
    expect(JSON.parse(cli('import', file, '--json'))).toMatchObject({ items: 5, imported: 2 });
    expect(JSON.parse(cli('import', file, '--json'))).toMatchObject({ imported: 0 });
    await until(async () => (await textsOf(daemon, 'c-1')).length === 4);
    expect(await sessionOf(daemon, 'c-1')).toMatchObject({ title: 'Bridges', source: 'claude-ai', message_count: 4 });
  }, 60_000);

  it('that is none is refused with what can be', () => {
    const file = join(workspace.dir, 'other.json');
    writeFileSync(file, '{"name":"x"}');
    expect(() => cli('import', file)).toThrow(/no export that is known.*conversations\.json/s);
    expect(() => cli('import', join(workspace.dir, 'absent.json'))).toThrow(/There is no file/);
  });
});
