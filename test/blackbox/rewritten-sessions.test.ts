// Sessions that are told more than once: a document and the log it became, a database beside the tree of
// files it came from, a checkpoint of the whole history. Through the contract.

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

type Json = Record<string, unknown>;
const AT = Date.UTC(2026, 9, 1, 9);
const iso = (seconds: number): string => new Date(AT + seconds * 1000).toISOString();
const jsonl = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

let workspace = new Workspace();
afterEach(async () => {
  await workspace.remove();
  workspace = new Workspace();
});

/** Older than what is being written. */
function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, AT / 1000, AT / 1000);
}

async function start(source: string, root: string): Promise<Daemon> {
  const daemon = await workspace.start(['--root', `${source}=${root}`, '--no-archive', '--sweep-seconds', '1']);
  await daemon.caughtUp();
  return daemon;
}

const textsOf = async (daemon: Daemon, session: string): Promise<unknown[]> => (await daemon.all<Json>(`/api/sessions/${session}/messages?limit=1000`)).map(({ text }) => text);
const usage = (input: number, output: number, cacheCreation: number, cacheRead: number): Json => ({ input_tokens: input, output_tokens: output, cache_creation_input_tokens: cacheCreation, cache_read_input_tokens: cacheRead });

describe('a session of Gemini CLI', () => {
  const head = { sessionId: 'g-1', projectHash: 'h', startTime: iso(0), lastUpdated: iso(90) };
  const answer = (n: number): Json => ({
    id: `a${n}`, timestamp: iso(2 * n + 1), type: 'gemini', content: `answer ${n}`, model: 'gemini-2.5-pro',
    toolCalls: [{ id: `c${n}`, name: 'ls', args: {}, status: n === 3 ? 'error' : 'success' }], tokens: { input: 10, output: 1, cached: 4, thoughts: 1, tool: 0, total: 12 },
  });
  // More than an adapter remembers of a file.
  const turns = Array.from({ length: 40 }, (_, n) => [{ id: `u${n}`, timestamp: iso(2 * n), type: 'user', content: [{ text: `ask ${n}` }] }, answer(n)]).flat();
  const path = (): string => join(workspace.dir, 'gemini', 'engine', 'chats', 'session-2026-10-01T09-00-g1');

  it('that was a document and became a log counts once', async () => {
    write(`${path()}.json`, JSON.stringify({ ...head, messages: turns }));
    write(`${path()}.jsonl`, jsonl([head, ...turns, { $set: { sessionId: 'g-1' } }]));
    const daemon = await start('gemini', join(workspace.dir, 'gemini'));
    expect(await daemon.get('/api/sessions/g-1')).toMatchObject({ message_count: 80, tool_call_count: 40, error_count: 1, usage: usage(240, 80, 0, 160) });
    expect((await daemon.get<{ items: Json[] }>('/api/metrics/aggregate?group_by=tool')).items).toMatchObject([{ tool: 'ls', calls: 40 }]);
    expect(await textsOf(daemon, 'g-1')).toHaveLength(80);
  }, 60_000);

  it('has each tool call, failure and answer once in its turn, however often its messages are written', async () => {
    const say = (id: string, seconds: number, content: string, calls: Json[], output: number): Json => ({ id, timestamp: iso(seconds), type: 'gemini', content, model: 'gemini-2.5-pro', toolCalls: calls, tokens: { input: 10, output, cached: 0 } });
    const ask = (id: string, seconds: number, content: string): Json => ({ id, timestamp: iso(seconds), type: 'user', content });
    const [first, second] = [{ id: 'c1', name: 'ls', args: {} }, { id: 'c2', name: 'ls', args: {}, status: 'success' }];
    const whole = say('a1', 2, 'Looking', [{ ...first, status: 'error' }, second], 5);
    write(`${path()}.jsonl`, jsonl([
      // A prompt that had no text yet.
      head, ask('u1', 1, ''), say('a1', 2, 'Looking', [], 5), ask('u1', 1, 'one'), say('a1', 2, 'Looking', [first], 5), say('a1', 2, 'Looking', [{ ...first, status: 'error' }], 5), whole,
      say('a2', 3, 'Don', [], 5), say('a2', 3, 'Done', [], 7), ask('u2', 10, 'two'), say('a3', 11, 'Done again', [], 3), ask('u2', 10, 'two'), whole,
    ]));
    const daemon = await start('gemini', join(workspace.dir, 'gemini'));
    const once = { tools: [{ name: 'ls', calls: 2, errors: 1 }], tool_call_count: 2, error_count: 1, calls: 2 };
    expect(await daemon.all('/api/sessions/g-1/exchanges')).toMatchObject([
      { uuid: 'u1', prompt: 'one', answer: 'Done', started_at: iso(1), ...once },
      { uuid: 'u2', prompt: 'two', answer: 'Done again', tools: [], tool_call_count: 0, error_count: 0, calls: 1, records: 2, ended_at: iso(11) },
    ]);
    expect(await daemon.get('/api/sessions/g-1')).toMatchObject({ message_count: 5, tool_call_count: 2, error_count: 1 });
    expect(await textsOf(daemon, 'g-1')).toEqual(['one', 'Looking\n{}\n{}', 'Done', 'two', 'Done again']);
    const transcript = await daemon.text('/api/export?format=markdown&session=g-1');
    expect(transcript.match(/^(## .*Prompt|> .*|\*\*.*|Done.*|Looking)$/gm)).toEqual(['> one', '**Tool call:** `ls` (error), `ls`', 'Looking', '**assistant** · `gemini-2.5-pro`', 'Done', '> two', '**assistant** · `gemini-2.5-pro`', 'Done again']);
  }, 60_000);

  it('has the calls that only a checkpoint tells of, at their own times', async () => {
    const more = { ...answer(50), timestamp: '2026-10-02T09:00:00.000Z' };
    write(`${path()}.jsonl`, jsonl([head, { $set: { messages: [...turns.slice(0, 2), more, { id: 'x', type: 'gemini', content: '' }], lastUpdated: '2026-10-03T09:00:00.000Z' } }, ...turns.slice(2, 4)]));
    const daemon = await start('gemini', join(workspace.dir, 'gemini'));
    expect(await daemon.get('/api/sessions/g-1')).toMatchObject({ title: 'ask 0', last_activity: '2026-10-03T09:00:00.000Z', message_count: 2, usage: usage(18, 6, 0, 12) });
    const { items } = await daemon.get<{ items: Json[] }>('/api/metrics/aggregate?group_by=day');
    expect(items.filter(({ calls }) => calls !== 0)).toMatchObject([{ day: '2026-10-01', calls: 2 }, { day: '2026-10-02', calls: 1 }]);
  }, 60_000);
});

describe('a session of OpenCode', () => {
  const turns = 40;
  const session = (id: string, parent?: string): Json => ({ id, projectID: 'prj', directory: '/home/ada/engine', title: `About ${id}`, time: { created: AT, updated: AT }, ...(parent !== undefined && { parentID: parent }) });
  const prompt = (id: string, of: string, ms: number): Json => ({ id, sessionID: of, role: 'user', time: { created: AT + ms } });
  const answer = (id: string, of: string, ms: number): Json => ({
    id, sessionID: of, role: 'assistant', time: { created: AT + ms }, modelID: 'claude-sonnet-4-5', providerID: 'anthropic', path: { cwd: '/home/ada/engine', root: '/' },
    tokens: { input: 10, output: 2, reasoning: 1, cache: { read: 5, write: 3 } },
  });
  const text = (message: Json, said: string): Json => ({ id: `prt_${String(message['id'])}_0`, sessionID: message['sessionID'], messageID: message['id'], type: 'text', text: said });
  const tool = (message: Json, call: string, name: string, state: Json): Json => ({ id: `prt_${String(message['id'])}_1`, sessionID: message['sessionID'], messageID: message['id'], type: 'tool', callID: call, tool: name, state });

  /** The sessions, and the messages with their parts. The ids do not sort as the messages came. */
  const sessions = [session('ses_1'), session('ses_2', 'ses_1'), session('ses_3', 'ses_2')];
  const messages: [Json, Json[]][] = Array.from({ length: turns }, (_, n): [Json, Json[]][] => {
    const asked = prompt(`msg_${100 - n}_u`, 'ses_1', n * 1000);
    const said = answer(`msg_${100 - n}_a`, 'ses_1', n * 1000 + 500);
    return [[asked, [text(asked, `ask ${n}`)]], [said, [text(said, `say ${n}`), tool(said, `call_${n}`, 'bash', { status: 'completed', input: { command: 'ls' }, output: 'x' })]]];
  }).flat();
  const below = answer('msg_200', 'ses_2', 100);
  messages.push([below, [text(below, 'below'), tool(below, 'call_t', 'task', { status: 'completed', input: { description: 'Look', subagent_type: 'explore' }, metadata: { sessionId: 'ses_3' } })]]);
  const deep = answer('msg_300', 'ses_3', 200);
  messages.push([deep, [text(deep, 'deep')]]);

  const root = (): string => join(workspace.dir, 'above', 'opencode');
  const writePart = (part: Json): void => write(join(root(), 'storage', 'part', String(part['messageID']), `${String(part['id'])}.json`), JSON.stringify(part));
  const writeMessage = (message: Json, parts: readonly Json[]): void => {
    write(join(root(), 'storage', 'message', String(message['sessionID']), `${String(message['id'])}.json`), JSON.stringify(message));
    parts.forEach(writePart);
  };
  const writeTree = (): void => {
    for (const value of sessions) write(join(root(), 'storage', 'session', 'prj', `${String(value['id'])}.json`), JSON.stringify(value));
    for (const [message, parts] of messages) writeMessage(message, parts);
    write(join(root(), 'storage', 'session_diff', 'ses_1.json'), '[]');
  };
  const writeDatabase = (): void => {
    mkdirSync(root(), { recursive: true });
    const agent = new Database(join(root(), 'opencode.db'));
    agent.exec(`CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, title TEXT, directory TEXT, time_created INTEGER, time_updated INTEGER);
      CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
      CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT)`);
    for (const { id, parentID, title, directory } of sessions) agent.prepare('INSERT INTO session VALUES (?,?,?,?,?,?)').run(id, parentID ?? null, title, directory, AT, AT);
    for (const [{ id, sessionID, ...info }, parts] of messages) {
      const created = (info['time'] as { created: number }).created;
      // A prompt gets its summary when it was answered.
      agent.prepare('INSERT INTO message VALUES (?,?,?,?,?)').run(id, sessionID, created, info['role'] === 'user' ? created + 900 : created, JSON.stringify(info));
      for (const part of parts) agent.prepare('INSERT INTO part VALUES (?,?,?,?,?,?)').run(part['id'], id, sessionID, created, created, JSON.stringify({ ...part, id: undefined, sessionID: undefined, messageID: undefined }));
    }
    agent.close();
  };

  const expected = async (daemon: Daemon): Promise<void> => {
    expect((await daemon.all<Json>('/api/sessions')).map(({ id }) => id)).toEqual(['ses_1']);
    expect(await daemon.get('/api/sessions/ses_1')).toMatchObject({
      project: '-home-ada-engine', cwd: '/home/ada/engine', title: 'About ses_1', message_count: 80, tool_call_count: 40, subagent_count: 2, usage: usage(400, 120, 120, 200), usage_rollup: usage(420, 126, 126, 210),
    });
    expect(await textsOf(daemon, 'ses_1')).toEqual(Array.from({ length: turns }, (_, n) => [`ask ${n}`, `say ${n}\nls\nx`]).flat());
    expect(await daemon.all('/api/sessions/ses_1/subagents')).toMatchObject([{ id: 'ses_2', parent_agent_id: null, tool_use_id: null }, { id: 'ses_3', parent_agent_id: 'ses_2', tool_use_id: 'call_t', link: 'tool_result', type: 'explore' }]);
  };

  it('that lies in a tree of files is told as one of a database', async () => {
    writeTree();
    const daemon = await start('opencode', root());
    await expected(daemon);
    const asked = prompt('msg_900_u', 'ses_1', 60_000);
    write(join(root(), 'storage', 'message', 'ses_1', 'msg_900_u.json'), JSON.stringify(asked));
    writePart(text(asked, 'One more'));
    await until(async () => (await textsOf(daemon, 'ses_1')).at(-1) === 'One more');
    expect(await daemon.get('/api/sessions/ses_1')).toMatchObject({ message_count: 81, tool_call_count: 40 });
  }, 60_000);

  it('that lies in a database beside the tree it came from counts once', async () => {
    writeTree();
    writeDatabase();
    await expected(await start('opencode', root()));
  }, 60_000);

  it('is found where the root is the storage itself, or above it', async () => {
    writeTree();
    await expected(await start('opencode', join(root(), 'storage')));
    await workspace.remove();
    workspace = new Workspace();
    writeTree();
    await expected(await start('opencode', join(workspace.dir, 'above')));
  }, 60_000);

  it('has its parts although they do not name it, and those whose message is gone', async () => {
    const asked = prompt('m1', 's1', 0);
    writeMessage(asked, [{ ...text(asked, 'Oil them'), sessionID: undefined }]);
    const gone = prompt('m9', 's1', 1000);
    writePart({ ...tool(gone, 'call_9', 'bash', { status: 'completed', input: { command: 'an orphan' } }), id: 'p9' });
    writePart({ id: 'p8', messageID: 'm8', type: 'text', text: 'Of nobody' });
    // What is no file has no part, and nobody waits for it.
    mkdirSync(join(root(), 'storage', 'part', 'm1', 'p0.json'));
    execFileSync('mkfifo', [join(root(), 'storage', 'part', 'm1', 'p2.json'), join(root(), 'storage', 'message', 's1', 'm2.json')]);
    const daemon = await start('opencode', root());
    expect(await daemon.all('/api/sessions')).toMatchObject([{ id: 's1', title: 'Oil them', message_count: 1 }]);
    expect(await textsOf(daemon, 's1')).toEqual(['Oil them']);
    expect((await daemon.all<Json>('/api/sessions/s1/messages?type=*')).map((record) => record['text'])).toContain('an orphan');
    writeMessage(gone, []);
    await until(async () => (await textsOf(daemon, 's1')).length === 2);
    expect(await daemon.get('/api/sessions/s1')).toMatchObject({ message_count: 2, tool_call_count: 1 });
  }, 60_000);
});

describe('a thread of Amp', () => {
  it('has the calls of its ledger that no message tells, and no time of its own making', async () => {
    const said = (role: string, messageId: number, more: object = {}): Json => ({ role, messageId, content: [{ type: 'text', text: `${role} ${messageId}` }], ...more });
    const event = (id: string, toMessageId: number, output: number): Json => ({ id, timestamp: iso(30), model: 'claude-sonnet-4-5', credits: 1, tokens: { input: 100, output }, toMessageId });
    const told = { model: 'claude-sonnet-4-5', inputTokens: 1, outputTokens: 2, cacheCreationInputTokens: 3, cacheReadInputTokens: 4, timestamp: iso(20) };
    write(join(workspace.dir, 'amp', 'threads', 'T-1.json'), JSON.stringify({
      id: 'T-1', created: AT, title: 'Wheels', env: { initial: { trees: [{ uri: 'file:///home/ada/engine' }] } },
      messages: [said('user', 0), said('assistant', 1), said('user', 2), said('assistant', 3, { usage: told }), said('user', 4)], usageLedger: { events: [event('e1', 1, 50), event('e2', 3, 2)] },
    }));
    const daemon = await start('amp', join(workspace.dir, 'amp'));
    expect(await daemon.all('/api/sessions')).toMatchObject([{
      id: 'T-1', project: '-home-ada-engine', started_at: iso(0), last_activity: iso(30), message_count: 5, subagent_count: 0, usage: usage(101, 52, 3, 4),
    }]);
    expect(await textsOf(daemon, 'T-1')).toEqual(['user 0', 'assistant 1', 'user 2', 'assistant 3', 'user 4']);
  }, 60_000);
});

describe('a session of Factory droid', () => {
  it('has its usage on the day its settings tell, not when their file was copied', async () => {
    const folder = join(workspace.dir, 'droid', '-home-ada');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'd-1.settings.json'), JSON.stringify({ model: 'm-1', providerLockTimestamp: iso(0), tokenUsage: { inputTokens: 10, outputTokens: 3, cacheCreationTokens: 0, cacheReadTokens: 5 } }));
    writeFileSync(join(folder, 'd-1.jsonl'), jsonl([{ type: 'session_start', id: 'd-1', title: 'Fix it', cwd: '/home/ada' }, { type: 'message', id: 'm1', timestamp: iso(5), message: { role: 'user', content: 'Fix it' } }]));
    const daemon = await start('droid', join(workspace.dir, 'droid'));
    expect(await daemon.get('/api/sessions/d-1')).toMatchObject({ started_at: iso(0), last_activity: iso(5), usage: usage(10, 3, 0, 5) });
    appendFileSync(join(folder, 'd-1.jsonl'), jsonl([{ type: 'message', id: 'm2', timestamp: iso(9), message: { role: 'assistant', content: [{ type: 'text', text: 'Done' }] } }]));
    await until(async () => (await textsOf(daemon, 'd-1')).at(-1) === 'Done');
  }, 60_000);
});
