import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { LakeRecord } from '../../src/core/answers/record.ts';
import { colours, plain } from '../../src/cli/style.ts';
import { localDay, projectName, tailLine } from '../../src/cli/tail-line.ts';
import { textWidth } from '../../src/cli/text-width.ts';
import { record } from './support/records.ts';

process.env['TZ'] = 'UTC';

const line = (part: Partial<LakeRecord>, width: number | null = null) => tailLine(record(part), { style: plain, width });

describe('a record as a line', () => {
  it('shows time, project, session, agent, role, tools and text', () => {
    expect([
      line({}),
      line({ role: 'user', type: 'user', text: 'Please\nmend   the login' }),
      line({ agent_id: 'a1b2c3d4e5', tools: [{ id: 't', name: 'Bash' }, { id: null, name: 'Read' }], text: 'npm test' }),
      line({ role: 'user', type: 'user', tool_results: [{ id: 't', is_error: false }], text: 'ok' }),
      line({ role: 'user', type: 'user', tool_results: [{ id: 't', is_error: true }], text: 'exit code 1' }),
      line({ role: null, type: 'file-history-snapshot', text: null, ts: null }),
      line({ role: null, type: null, session_id: 'my-own-session', project: '/var/log/app', source: 'jsonl' }),
    ].join('\n')).toMatchInlineSnapshot(`
      "14:03:22 code-lake        3f2a91c0 main     assistant Hello
      14:03:22 code-lake        3f2a91c0 main     user      Please mend the login
      14:03:22 code-lake        3f2a91c0 a1b2c3d… assistant Bash, Read npm test
      14:03:22 code-lake        3f2a91c0 main     result    ✓ ok
      14:03:22 code-lake        3f2a91c0 main     result    ✗ exit code 1
      --:--:-- code-lake        3f2a91c0 main     file-his…
      14:03:22 app              my-own-… main     ?         Hello"
    `);
  });

  it('fits the terminal', () => {
    const text = 'A long answer that goes on and on, '.repeat(40);
    expect([40, 60, 80, 120].map((width) => line({ text, agent_id: 'a1' }, width)).join('\n')).toMatchInlineSnapshot(`
      "14:03:22 3f2a91c0 assistant A long answ…
      14:03:22 3f2a91c0 a1       assistant A long answer that goe…
      14:03:22 code-lake  3f2a91c0 a1       assistant A long answer that goes on and …
      14:03:22 code-lake        3f2a91c0 a1       assistant A long answer that goes on and on, A long answer that goes on and…"
    `);
    expect(line({ text }).length).toBeLessThan(2100);
  });

  it('is red where a tool failed', () => {
    const failed = tailLine(record({ tool_results: [{ id: null, is_error: true }], text: 'no such file' }), { style: colours, width: 100 });
    expect(failed).toContain('\u001b[31m✗\u001b[39m \u001b[31mno such file\u001b[39m');
  });

  it('keeps to one line and to its colours, whatever the log holds', () => {
    const wild = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u001b[2J\u001b[H', '\u001b]8;;http://x\u0007', 'a\nb', '\u202e日本'));
    fc.assert(fc.property(wild, wild, wild, fc.integer({ min: 40, max: 160 }), (text, tool, id, width) => {
      const shown = line({ text, session_id: id, project: id, agent_id: id, type: tool, role: tool, tools: [{ id: null, name: tool }] }, width);
      // eslint-disable-next-line no-control-regex -- control characters are what this is about
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      expect(textWidth(shown)).toBeLessThanOrEqual(width);
    }));
  });

  it('knows its day, and a project by the end of its name', () => {
    expect([localDay(record()), localDay(record({ ts: null })), localDay(record({ ts: 'soon' }))]).toEqual(['2026-11-20', null, null]);
    expect([projectName('-home-me-code-lake', 20), projectName('/srv/app', 20), projectName('-tmp-x', 20), projectName('a-very-long-project-name', 10)]).toEqual(['code-lake', 'app', 'tmp-x', '…ject-name']);
  });
});
