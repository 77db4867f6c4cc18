// The transcript as people read it, and that no log text can break it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fenced, markdown, withFencesClosed } from '../../src/stream/markdown.ts';
import { FakeLake } from './fake-lake.ts';

async function transcript(lake: FakeLake, session = 's-1', rewrites = (): boolean => false): Promise<string> {
  const parts: Buffer[] = [];
  const query = { filter: { session }, after: 0, upto: lake.top(), duplicates: false };
  for await (const chunk of markdown(lake, query, rewrites)) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

const answer = { type: 'assistant', role: 'assistant', model: 'claude-opus-4' } as const;

it('reads as head, turns, answers, calls and results', async () => {
  const lake = new FakeLake();
  lake.commit([
    { text: 'Fix the cart.\n\n```\n# not a heading\n```' },
    { text: 'I will look.', fields: answer },
    { text: 'cat cart.ts', fields: { ...answer, tools: [{ id: 't1', name: 'Bash' }] } },
    { text: 'const fence = "```";', fields: { tool_results: [{ id: 't1', is_error: true }] } },
    { text: 'a subagent', fields: { agent_id: 'a1' } },
    { text: 'a title', fields: { type: 'summary', role: null } },
    { text: 'Thanks' },
  ]);
  expect(await transcript(lake)).toBe(`# Fix the \\<cart\\> \\| \\\`now\\\`

- Session: \`s-1\`
- Source: \`claude-code\`
- Project: \`/home/ann/shop\`
- Started: \`2026-11-20T10:00:00.000Z\`
- Last activity: \`2026-11-20T11:00:00.000Z\`
- Models: \`claude-opus-4\`
- Messages: \`3\`
- Tool calls: \`1\`
- Subagents: \`2 (not shown here)\`
- Tokens: \`12 in, 34 out, 0 read from cache\`
- Cost: \`$1.50\`

## 1. Prompt · 2026-11-20T10:00:00.000Z

> Fix the cart.
>
> \`\`\`
> # not a heading
> \`\`\`

**assistant** · \`claude-opus-4\`

I will look.

**Tool call:** \`Bash\`

\`\`\`
cat cart.ts
\`\`\`

**Tool result:** \`Bash\` (error)

\`\`\`\`
const fence = "\`\`\`";
\`\`\`\`

## 2. Prompt · 2026-11-20T10:00:00.000Z

> Thanks
`);
});

it('fences any text so that the fence ends where the text does', () => {
  const text = fc.array(fc.constantFrom('`', '```', '````', '\n', 'a', ' ', '~~~'), { maxLength: 30 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (content) => {
      const lines = fenced(content).split('\n');
      const [fence = ''] = lines;
      const end = lines.findIndex((line, n) => n > 0 && new RegExp(`^ {0,3}\`{${fence.length},}\\s*$`).test(line));
      expect(end).toBe(lines.length - 1);
    }),
    { numRuns: 500 },
  );
});

it.each([
  ['no fence', 'plain', 'plain'],
  ['a closed one', '```ts\nx\n```', '```ts\nx\n```'],
  ['an open one', '```ts\nx', '```ts\nx\n```'],
  ['a shorter fence inside', '````\n```\nx\n', '````\n```\nx\n````'],
  ['an open one of tildes', '~~~\n```', '~~~\n```\n~~~'],
  ['inline code at the start of a line', '```x``` is code', '```x``` is code'],
])('closes an answer with %s', (_case, text, closed) => {
  expect(withFencesClosed(text)).toBe(closed);
});

it('knows only sessions that are there, and asks for one', async () => {
  await expect(transcript(new FakeLake())).rejects.toMatchObject({ code: 'not_found' });
  const query = { filter: {}, after: 0, upto: 0, duplicates: false };
  await expect(markdown(new FakeLake(), query, () => false).next()).rejects.toMatchObject({ code: 'invalid_parameter' });
});

it('has what was written again once, as it was written last, with what came of a call beside it', async () => {
  const lake = new FakeLake();
  const told = { ...answer, uuid: 'u2', tools: [{ id: 't1', name: 'Bash' }] };
  lake.commit([
    { text: 'Fix it', fields: { uuid: 'u1' } },
    { text: 'I will', fields: { ...answer, uuid: 'u2' } },
    { text: 'I will\nls', fields: { ...told, replaces: true } },
    { text: 'I will\nls\nx', fields: { ...told, replaces: true, tool_results: [{ id: 't1', is_error: true }] } },
  ]);
  const [, shown = ''] = (await transcript(lake, 's-1', () => true)).split('## 1. Prompt');
  expect(shown).toBe(' · 2026-11-20T10:00:00.000Z\n\n> Fix it\n\n**Tool call:** `Bash` (error)\n\n```\nI will\nls\nx\n```\n');
});
