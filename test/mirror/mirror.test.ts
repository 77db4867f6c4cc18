// The mirror against documents that are rewritten, by property: every version of every item is in the
// log once, in order, whatever is rewritten, restarted or cut short between.

import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { Mirror } from '../../src/mirror/mirror.ts';
import { besides, elementsOf } from '../../src/sources/json-document.ts';
import type { DocumentItem, DocumentReader, DocumentSource, MirroredLine } from '../../src/sources/document.ts';
import { opencodeDocuments } from '../../src/sources/opencode/documents.ts';

async function* listItems(path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  const head = (await besides(document.bytes(), ['items'])) as Record<string, unknown>;
  yield { log: `${path}.jsonl`, key: 'head', value: head };
  for await (const element of elementsOf(document.bytes(), 'items')) {
    const value = element as { id: string };
    yield { log: `${path}.jsonl`, key: value.id, value };
  }
  return null;
}

const lists: DocumentSource = { id: 'jsonl', besides: [], accepts: (path) => path.endsWith('.json'), items: listItems };

async function withFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sessionlake-mirror-'));
  try {
    await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function linesOf(path: string): MirroredLine[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').slice(0, -1).flatMap((line) => {
    try {
      return [JSON.parse(line) as MirroredLine];
    } catch {
      return [];
    }
  });
}

/** Rewrites the document; its time moves on each time, as a slow clock may not. */
function rewrite(path: string, value: unknown, turn: number): void {
  writeFileSync(path, JSON.stringify(value));
  utimesSync(path, 1_700_000_000 + turn, 1_700_000_000 + turn);
}

describe('a mirrored document', () => {
  it('has each version of each item once, in the order it was seen', { timeout: 120_000 }, async () => {
    const item = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), text: fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('\u2028', '\n\r', '\ud83d')) });
    const step = fc.record({ items: fc.uniqueArray(item, { selector: ({ id }) => id, maxLength: 4 }), title: fc.constantFrom('x', 'y'), afterwards: fc.constantFrom('go on', 'restart', 'cut short', 'lose marks') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        await withFolder(async (dir) => {
          mkdirSync(join(dir, 'root'));
          let mirror = new Mirror(join(dir, 'mirror'), lists);
          const log = join(mirror.dir, 'doc.json.jsonl');
          const expected: { key: string; item: unknown }[] = [];
          const last = new Map<string, string>();
          for (const [turn, { items, title, afterwards }] of steps.entries()) {
            rewrite(join(dir, 'root', 'doc.json'), { title, items }, turn);
            const report = await mirror.take(join(dir, 'root'), 'doc.json');
            const before = expected.length;
            // As JSON has it, where a lone surrogate is an escape.
            for (const [key, value] of [['head', { title }], ...items.map((one): [string, unknown] => [one.id, one])] as [string, unknown][]) {
              if (last.get(key) === JSON.stringify(value)) continue;
              last.set(key, JSON.stringify(value));
              expected.push({ key, item: JSON.parse(JSON.stringify(value)) as unknown });
            }
            expect(report).toEqual({ items: items.length + 1, appended: expected.length - before, logs: expected.length > before ? [log] : [], settled: true });
            expect(linesOf(log).map(({ key, item: seen }) => ({ key, item: seen }))).toEqual(expected);
            expect(await mirror.take(join(dir, 'root'), 'doc.json')).toEqual({ items: 0, appended: 0, logs: [], settled: true });
            await mirror.close();
            // A log that is cut already has nothing whole to lose at its end.
            if (afterwards === 'cut short' && expected.length > before) {
              truncateSync(log, statSync(log).size - 2);
              const torn = expected.pop();
              if (torn !== undefined) last.delete(torn.key);
              const older = expected.findLast(({ key }) => key === torn?.key);
              if (older !== undefined) last.set(older.key, JSON.stringify(older.item));
            }
            if (afterwards === 'lose marks' || afterwards === 'cut short') rmSync(join(mirror.dir, '.documents.json'));
            if (afterwards !== 'go on') mirror = new Mirror(join(dir, 'mirror'), lists);
          }
        });
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it('that changed just now is read once more, because not all of it may have shown yet', async () => {
    await withFolder(async (dir) => {
      let now = 1_700_000_000_500;
      const mirror = new Mirror(join(dir, 'mirror'), lists, () => now);
      rewrite(join(dir, 'doc.json'), { items: [{ id: 'a' }] }, 0);
      const log = join(mirror.dir, 'doc.json.jsonl');
      expect(await mirror.take(dir, 'doc.json')).toEqual({ items: 2, appended: 2, logs: [log], settled: false });
      // As long, and written within the same millisecond.
      rewrite(join(dir, 'doc.json'), { items: [{ id: 'b' }] }, 0);
      now += 5000;
      expect(await mirror.take(dir, 'doc.json')).toEqual({ items: 2, appended: 1, logs: [log], settled: true });
      expect(await mirror.take(dir, 'doc.json')).toEqual({ items: 0, appended: 0, logs: [], settled: true });
      expect(linesOf(log).map((line) => line.key)).toEqual(['head', 'a', 'b']);
    });
  });

  it('that is broken is told, keeps what was read, and is read again when it is whole', async () => {
    await withFolder(async (dir) => {
      const mirror = new Mirror(join(dir, 'mirror'), lists);
      const path = join(dir, 'doc.json');
      const whole = JSON.stringify({ items: [{ id: 'a' }, { id: 'b' }] });
      writeFileSync(path, whole.slice(0, -4));
      await expect(mirror.take(dir, 'doc.json')).rejects.toThrow();
      appendFileSync(path, whole.slice(-4));
      await mirror.take(dir, 'doc.json');
      expect(linesOf(join(mirror.dir, 'doc.json.jsonl')).map((line) => line.key).toSorted()).toEqual(['a', 'b', 'head']);
    });
  });
});

describe('a database', () => {
  it('is read from where it was left off, while its agent writes', async () => {
    await withFolder(async (dir) => {
      const agent = new Database(join(dir, 'opencode.db'));
      agent.pragma('journal_mode = WAL');
      agent.exec(`CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, title TEXT, time_created INTEGER, time_updated INTEGER);
        CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
        CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT)`);
      agent.prepare('INSERT INTO session VALUES (?,?,?,?,?)').run('ses_1', null, 'First', 1000, 1000);
      agent.prepare('INSERT INTO message VALUES (?,?,?,?,?)').run('msg_1', 'ses_1', 1001, 1001, '{"role":"user"}');
      agent.prepare('INSERT INTO part VALUES (?,?,?,?,?,?)').run('prt_1', 'msg_1', 'ses_1', 1002, 1002, '{"type":"text","text":"go"}');
      const mirror = new Mirror(join(dir, 'mirror'), opencodeDocuments);
      const versions = (): unknown[] => linesOf(join(mirror.dir, 'ses_1.jsonl')).map(({ key, item }) => [key, item]);
      await mirror.take(dir, 'opencode.db');
      const first = [
        ['session:ses_1', { session: { id: 'ses_1', title: 'First', time_created: 1000, time_updated: 1000 } }],
        ['message:msg_1', { info: { id: 'msg_1', sessionID: 'ses_1', time: { created: 1001 }, role: 'user' }, parts: [{ id: 'prt_1', time: { created: 1002 }, type: 'text', text: 'go' }] }],
      ];
      expect(versions()).toEqual(first);
      agent.prepare('UPDATE part SET data = ?, time_updated = ? WHERE id = ?').run('{"type":"text","text":"gone"}', 1002, 'prt_1');
      agent.prepare('INSERT INTO message VALUES (?,?,?,?,?)').run('msg_2', 'ses_1', 1003, 1003, '{"role":"assistant"}');
      await mirror.take(dir, 'opencode.db');
      expect(versions().slice(2)).toMatchObject([
        ['message:msg_1', { parts: [{ text: 'gone' }] }],
        ['message:msg_2', { info: { role: 'assistant' }, parts: [] }],
      ]);
      agent.close();
      // Closing moved the log of changes into the database: another size, and nothing new.
      expect((await mirror.take(dir, 'opencode.db')).appended).toBe(0);
    });
  });
});
