// What paths of Codex, Copilot CLI and pi say: which files are their logs, whose they are, and where they lie.

import { describe, expect, it } from 'vitest';
import { adapterOf } from '../../src/sources/registry.ts';

const sid = 'b3c9061a-1111-4222-8333-444455556666';
const stem = `2026-11-02T08-20-06-919Z_${sid}`;

describe.each<[string, [string, string][]]>([
  ['codex', [
    [`2026/10/01/rollout-2026-10-01T08-00-00-${sid}.jsonl`, 'source'],
    [`sessions/2026/10/01/rollout-2026-10-01T08-00-00-${sid}.jsonl`, 'source'],
    [`archived_sessions/rollout-2026-10-01T08-00-00-${sid}.jsonl`, 'source'],
    [`2026/10/01/rollout-2026-10-01T08-00-00-${sid}.jsonl.zst`, 'compressed'],
    [`2026/10/01/rollout-2026-10-01T08-00-00-${sid}.jsonl.zst.tmp`, 'other'],
    ['history.jsonl', 'other'],
    ['session_index.jsonl', 'other'],
    ['worktrees/engine/logs/trades.jsonl', 'other'],
    ['state_5.sqlite', 'other'],
  ]],
  ['copilot', [
    [`${sid}/events.jsonl`, 'source'],
    [`session-state/${sid}/events.jsonl`, 'source'],
    [`${sid}.jsonl`, 'source'],
    [`${sid}/workspace.yaml`, 'other'],
    [`${sid}/files/trades.jsonl`, 'other'],
    [`session-state/${sid}/checkpoints/1.jsonl`, 'other'],
    ['logs/process.jsonl', 'other'],
    [`${sid}/events.jsonl.gz`, 'compressed'],
  ]],
  ['pi', [
    [`--home-ada-engine--/${stem}.jsonl`, 'source'],
    [`--home-ada-engine--/${stem}/Counter.jsonl`, 'source'],
    [`--home-ada-engine--/${stem}/local/trades.jsonl`, 'other'],
    [`--home-ada-engine--/${stem}/Counter.md`, 'other'],
    ['run-history.jsonl', 'other'],
    [`--home-ada-engine--/${stem}.jsonl.zst`, 'compressed'],
  ]],
  ['gemini', [
    ['engine/chats/session-2026-10-01T09-00-5e551000.jsonl', 'source'],
    ['engine/chats/5e551000-g/explore-1.jsonl', 'source'],
    ['session-2026-10-01T09-00-5e551000.jsonl', 'source'],
    ['engine/chats/session-2026-10-01T09-00-5e551000.jsonl.tmp-17', 'other'],
    ['engine/chats/session-2026-10-01T09-00-5e551000.jsonl.unreadable-17', 'other'],
    ['engine/tool-outputs/out.jsonl', 'other'],
  ]],
  ['qwen', [
    [`-home-ada/chats/${sid}.jsonl`, 'source'],
    [`${sid}.jsonl`, 'source'],
    [`-home-ada/subagents/${sid}/agent-explore-7f3c.jsonl`, 'source'],
    [`-home-ada/subagents/${sid}/agent-explore-7f3c.meta.json`, 'sidecar'],
    [`-home-ada/subagents/${sid}/agent-explore-7f3c.jsonl.stream`, 'other'],
    ['-home-ada/debug/log.jsonl', 'other'],
  ]],
  ['cursor', [
    ['engine/agent-transcripts/c1/c1.jsonl', 'source'],
    ['c1/c1.jsonl', 'source'],
    ['engine/terminals/1.jsonl', 'other'],
  ]],
])('%s', (source, files) => {
  it.each(files)('%s is %s', (path, verdict) => {
    expect(adapterOf(source).accepts(path)).toBe(verdict);
  });
});

describe('a path says which project, session and agent', () => {
  it.each<[string, string, object]>([
    ['codex', `2026/10/01/rollout-2026-10-01T08-00-00-${sid}.jsonl`, { project: 'codex', session: sid, certain: false, agent: null }],
    ['codex', `archived_sessions/rollout-2026-10-01T08-00-00-${sid}.jsonl`, { project: 'codex', session: sid, certain: false, agent: null }],
    ['codex', 'renamed by hand.jsonl', { project: 'codex', session: expect.stringMatching(/^renamed-by-hand~[0-9a-f]{12}$/), certain: false, agent: null }],
    ['copilot', `session-state/${sid}/events.jsonl`, { project: 'copilot', session: sid, certain: false, agent: null }],
    ['copilot', `${sid}.jsonl`, { project: 'copilot', session: sid, certain: false, agent: null }],
    ['copilot', 'events.jsonl', { project: 'copilot', session: 'events', certain: false, agent: null }],
    ['pi', `--home-ada-engine--/${stem}.jsonl`, { project: '-home-ada-engine', session: sid, certain: false, agent: null }],
    ['pi', `--C--work-engine--/${stem}.jsonl`, { project: 'C--work-engine', session: sid, certain: false, agent: null }],
    ['pi', `-dev-engine/${stem}.jsonl`, { project: '-home-ada-dev-engine', session: sid, certain: false, agent: null }],
    ['pi', `fixtures/${stem}.jsonl`, { project: 'pi', session: sid, certain: false, agent: null }],
    ['pi', `${stem}.jsonl`, { project: 'pi', session: sid, certain: false, agent: null }],
    ['pi', `--home-ada-engine--/${stem}/Counter.jsonl`, { project: '-home-ada-engine', session: sid, certain: true, agent: 'Counter' }],
    ['pi', `--home-ada-engine--/${stem}/Counter/Deeper.jsonl`, { project: '-home-ada-engine', session: sid, certain: true, agent: 'Counter.Deeper' }],
    ['gemini', 'engine/chats/session-1.jsonl', { project: 'engine', session: 'session-1', certain: false, agent: null }],
    ['gemini', 'engine/chats/g-1/explore-1.jsonl', { project: 'engine', session: 'g-1', certain: true, agent: 'explore-1' }],
    ['gemini', 'session-1.jsonl', { project: 'sessions', session: 'session-1', certain: false, agent: null }],
    ['qwen', `-home-ada/chats/${sid}.jsonl`, { project: '-home-ada', session: sid, certain: false, agent: null }],
    ['qwen', `-home-ada/subagents/${sid}/agent-explore-7f3c.jsonl`, { project: '-home-ada', session: sid, certain: true, agent: 'explore-7f3c' }],
    ['qwen', `${sid}.jsonl`, { project: 'sessions', session: sid, certain: false, agent: null }],
    ['cursor', 'engine/agent-transcripts/c1/c1.jsonl', { project: 'engine', session: 'c1', certain: true, agent: null }],
    ['cursor', 'engine/agent-transcripts/c1/subagents/c2.jsonl', { project: 'engine', session: 'c1', certain: true, agent: 'c2' }],
    ['cursor', 'c1/c1.jsonl', { project: 'sessions', session: 'c1', certain: true, agent: null }],
  ])('%s: %s', (source, path, facts) => {
    expect(adapterOf(source).describe('/home/ada/.omp/agent/sessions', path)).toEqual(facts);
  });
});

describe('the default roots', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['codex', {}, ['/home/ada/.codex/sessions', '/home/ada/.codex/archived_sessions']],
    ['codex', { CODEX_HOME: '/cx/' }, ['/cx/sessions', '/cx/archived_sessions']],
    ['copilot', {}, ['/home/ada/.copilot/session-state']],
    ['copilot', { COPILOT_HOME: '/cp' }, ['/cp/session-state']],
    ['pi', {}, ['/home/ada/.pi/agent/sessions', '/home/ada/.omp/agent/sessions']],
    ['pi', { PI_CODING_AGENT_SESSION_DIR: '/s/' }, ['/s']],
    ['pi', { PI_CODING_AGENT_DIR: '/one', PI_AGENT_DIR: '/two/sessions' }, ['/one/sessions', '/two/sessions']],
  ])('of %s with %j are %j', (source, env, roots) => {
    expect(adapterOf(source).defaultRoots({ env, home: '/home/ada' })).toEqual(roots);
  });
});
