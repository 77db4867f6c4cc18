import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accepts, defaultRoots, describe as describePath } from '../../src/sources/claude-code/path.ts';

const root = '/home/ada/.claude/projects';
const sid = 'b3c9061a-1111-4222-8333-444455556666';

describe('a path says which project, session and agent', () => {
  it.each<[string, string, string, string, boolean, string | null]>([
    ['a main thread', `-home-ada-engine/${sid}.jsonl`, '-home-ada-engine', sid, false, null],
    ['a subagent in its session’s folder', `-home-ada-engine/${sid}/subagents/agent-a1.jsonl`, '-home-ada-engine', sid, true, 'a1'],
    ['a subagent beside the main file', '-home-ada-engine/agent-0badcafe.jsonl', '-home-ada-engine', 'agent-0badcafe', false, '0badcafe'],
    ['a subagent of a workflow', `-home-ada-engine/${sid}/subagents/workflows/wf_1/agent-a2.jsonl`, '-home-ada-engine', sid, true, 'a2'],
    ['the journal of a workflow', `-home-ada-engine/${sid}/subagents/workflows/wf_1/journal.jsonl`, '-home-ada-engine', sid, true, null],
    ['a side call', `-home-ada-engine/${sid}/subagents/agent-acompact-49a0.jsonl`, '-home-ada-engine', sid, true, 'acompact-49a0'],
    ['a file right in the root', `${sid}.jsonl`, 'projects', sid, false, null],
    ['a root that is a project', `${sid}/subagents/agent-a1.jsonl`, 'projects', sid, true, 'a1'],
    ['a root that is a session', 'subagents/agent-a1.jsonl', 'subagents', 'agent-a1', false, 'a1'],
    ['a root far above', `ada/.claude/projects/-home-ada-engine/${sid}/subagents/agent-a1.jsonl`, '-home-ada-engine', sid, true, 'a1'],
    ['an agent without a name', '-p/agent-.jsonl', '-p', 'agent-', false, null],
    ['an agent in the name', '-p/not-agent-x.jsonl', '-p', 'not-agent-x', false, null],
  ])('%s', (_name, path, project, session, certain, agent) => {
    expect(describePath(root, path)).toEqual({ project, session, certain, agent, ...(path.includes('/workflows/') ? { run: 'wf_1' } : {}) });
  });

  it('in ids that are safe in URLs, whatever the names', () => {
    expect(describePath(root, 'my project/a b.jsonl')).toEqual({ project: expect.stringMatching(/^my-project~[0-9a-f]{12}$/), session: expect.stringMatching(/^a-b~[0-9a-f]{12}$/), certain: false, agent: null });
    expect(describePath('/', 'x.jsonl').project).toBe('root');
    const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).map((name) => name.replaceAll('/', '_'));
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.constantFrom('subagents', '..', '.', 'agent-x')), { minLength: 1, maxLength: 6 }), (parts) => {
        const { project, session } = describePath(root, `${parts.join('/')}.jsonl`);
        for (const id of [project, session]) expect(id).toMatch(/^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,200}$/);
      }),
    );
  });
});

it.each([['x.jsonl', 'source'], ['a/b/agent-1.jsonl', 'source'], ['x.jsonl.gz', 'compressed'], ['x.jsonl.zst', 'compressed'], ['x.json', 'other'], ['x.meta.json', 'other'], ['tool-results/x.txt', 'other'], ['x.jsonl.tmp', 'other'], ['.jsonl', 'source']])('%s is %s', (path, verdict) => {
  expect(accepts(path)).toBe(verdict);
});

describe('the default roots', () => {
  const home = '/home/ada';
  it.each<[Record<string, string>, string[]]>([
    [{}, ['/home/ada/.claude/projects', '/home/ada/.config/claude/projects']],
    [{ XDG_CONFIG_HOME: '/cfg' }, ['/home/ada/.claude/projects', '/cfg/claude/projects']],
    [{ XDG_CONFIG_HOME: '' }, ['/home/ada/.claude/projects', '/home/ada/.config/claude/projects']],
    [{ CLAUDE_CONFIG_DIR: '/one/' }, ['/one/projects']],
    [{ CLAUDE_CONFIG_DIR: ' /one , /two//,' }, ['/one/projects', '/two/projects']],
    [{ CLAUDE_CONFIG_DIR: ' , ' }, ['/home/ada/.claude/projects', '/home/ada/.config/claude/projects']],
  ])('with %j are %j', (env, roots) => {
    expect(defaultRoots({ env, home })).toEqual(roots);
  });
});
