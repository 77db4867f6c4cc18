// A commit whose Nth call to the database fails, for every N: all of it is stored or nothing, what is stored
// is published once, and the next commit works.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommitOp } from '../../src/core/commit-op.ts';
import { compact } from '../../src/index/commit/compaction.ts';
import { answersOf, rowsOf } from './support/answers.ts';
import { Faults } from './support/faults.ts';
import type { Fault } from './support/faults.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

let index: TestIndex;
let faults: Faults;

beforeEach(async () => {
  index = await TestIndex.open(undefined, undefined, { journalMaxBytes: 0 });
  faults = await Faults.ready();
});

afterEach(async () => {
  faults.restore();
  await index.remove();
});

/** One round writes to every table: rows, a reject, names, a new session and agent, links, titles, calls old and new. */
function round(file: SourceFile, n: number): CommitOp[] {
  const base = { sessionId: `s${n}`, timestamp: new Date(n * 60_000).toISOString(), cwd: `/home/${n}`, uuid: `u${n}` };
  const usage = { input_tokens: 1, output_tokens: n + 1 };
  return [
    file.read([
      JSON.stringify({ ...base, type: `type ${n}`, message: {} }),
      JSON.stringify({ ...base, type: 'user', uuid: `p${n}`, message: { role: 'user', content: `prompt ${n}` } }),
      JSON.stringify({ ...base, type: 'assistant', uuid: `a${n}`, requestId: 'r', message: { id: 'one call for ever', role: 'assistant', model: `model ${n}`, usage, content: [{ type: 'tool_use', id: `t${n}`, name: 'Task', input: { description: 'd' } }] } }),
      JSON.stringify({ ...base, type: 'assistant', uuid: `b${n}`, requestId: `r${n}`, message: { id: `m${n}`, role: 'assistant', model: 'm', usage } }),
      JSON.stringify({ ...base, type: 'user', uuid: `r${n}`, toolUseResult: { agentId: `agent${n}` }, message: { content: [{ type: 'tool_result', tool_use_id: `t${n}` }] } }),
      JSON.stringify({ ...base, type: 'user', uuid: `s${n}`, isSidechain: true, agentId: `agent${n}`, message: { content: 'x' } }),
      'broken',
    ]),
    file.change({ size: 1_000_000 + n }),
  ];
}

async function stored(): Promise<{ offset: number; rows: number; marks: number }> {
  const [file] = await index.files();
  const [counts] = await index.rows<{ rows: number; marks: number }>(
    'SELECT ((SELECT count(*) FROM records) + (SELECT count(*) FROM rejects))::DOUBLE AS rows, (SELECT count(*) FROM file_marks)::DOUBLE AS marks',
  );
  return { offset: file?.offset ?? 0, rows: counts?.rows ?? -1, marks: counts?.marks ?? -1 };
}

/**
 * Fails one call after the other, each in a commit of its own, with what brings it into the tables; what was
 * refused is then done again. Returns how many calls a commit makes.
 */
async function failEach(fault: Omit<Partial<Fault>, 'at'>, step = 1): Promise<number> {
  const file = new SourceFile(1, '-p/main.jsonl');
  const rounds: CommitOp[][] = [];
  const commit = async (ops: CommitOp[]): Promise<void> => {
    rounds.push(ops);
    await index.commit(ops);
  };
  await commit(round(file, 0));
  let at = 1;
  for (let n = 1; ; n++, at += step) {
    const before = await stored();
    const publishedBefore = index.published.length;
    const ops = round(file, n);
    faults.arm({ ...fault, at });
    const failure = await index.commit(ops).then(() => null, (error: unknown) => error);
    await index.writer.settle().catch(() => undefined);
    const { fired } = faults;
    faults.disarm();
    const after = await stored();
    const isStored = after.offset === file.entry.offset;
    expect({ at, ...after }).toEqual(isStored ? { at, offset: file.entry.offset, rows: before.rows + 7, marks: before.marks + 1 } : { at, ...before });
    expect(index.published.length - publishedBefore).toBe(isStored ? 1 : 0);
    if (failure === null) expect(isStored).toBe(true);
    rounds.push(ops);
    if (!isStored) await index.commit(ops);
    if (fired === 0) break;
  }
  await compareWith(rounds);
  return at;
}

/** The same with two commits of which the second is asked for before the first is durable, every other call from `first` on. */
async function failEachOfTwo(fault: Omit<Partial<Fault>, 'at'>, first: number): Promise<number> {
  const file = new SourceFile(1, '-p/main.jsonl');
  const rounds = [round(file, 0)];
  await index.commit(rounds[0] as CommitOp[]);
  for (let at = first, n = 1; ; at += 2, n += 2) {
    const before = await stored();
    const publishedBefore = index.published.length;
    const offsets = [before.offset];
    const pair = [n, n + 1].map((m) => {
      const ops = round(file, m);
      offsets.push(file.entry.offset);
      return ops;
    });
    faults.arm({ ...fault, at });
    const outcomes = await Promise.allSettled(pair.map((ops) => index.commit(ops)));
    await index.writer.settle().catch(() => undefined);
    const { fired } = faults;
    faults.disarm();
    const after = await stored();
    const done = offsets.indexOf(after.offset);
    expect({ at, offset: after.offset, rows: after.rows }).toEqual({ at, offset: offsets[done], rows: before.rows + 7 * done });
    expect(index.published.length - publishedBefore).toBe(done);
    expect(outcomes.findLastIndex(({ status }) => status === 'fulfilled') + 1).toBeLessThanOrEqual(done);
    for (const ops of pair) rounds.push(ops);
    for (const ops of pair.slice(done)) await index.commit(ops);
    if (fired === 0) break;
    if (at > 200) throw new Error('no end');
  }
  await compareWith(rounds);
  return rounds.length - 1;
}

async function compareWith(rounds: readonly CommitOp[][]): Promise<void> {
  const top = index.published.reduce((last, { prev, top: next }) => {
    expect(prev).toBe(last);
    return next;
  }, 0);
  expect(top).toBe(index.writer.top());
  expect(index.published.flatMap(({ records }) => records.map(({ record }) => record.offset))).toEqual((await index.records()).map((record) => record.offset));
  const other = await TestIndex.open();
  try {
    await other.commit(rounds.flat());
    await index.restart();
    expect(await rowsOf(index)).toEqual(await rowsOf(other));
    expect(await answersOf(index)).toEqual(await answersOf(other));
  } finally {
    await other.remove();
  }
}

describe.each([['in the tables at once', 0], ['by way of the journal', undefined]])('a commit whose Nth call fails, %s,', (_, journalMaxBytes) => {
  beforeEach(async () => {
    await index.remove();
    index = await TestIndex.open(undefined, undefined, journalMaxBytes === undefined ? {} : { journalMaxBytes });
  });

  it('before it had an effect is not there, and is there when done again', async () => {
    expect(await failEach({})).toBeGreaterThan(25);
  }, 60_000);

  it('after it had its effect is there as a whole or not at all', async () => {
    expect(await failEach({ afterwards: true })).toBeGreaterThan(25);
  }, 60_000);

  it.each([false, true])('with another one behind it: what is stored is the first, or both (after it had its effect: %s)', async (afterwards) => {
    expect(await failEachOfTwo({ afterwards }, afterwards ? 2 : 1)).toBeGreaterThan(25);
  }, 60_000);

  it.each([3, 9])('together with the %i calls from there, which were to read the index back, is looked for by the next one', async (times) => {
    await failEach({ times, afterwards: times === 9 }, 4);
  }, 60_000);

  it('and whose database must be opened again goes on with the new instance', async () => {
    await failEach({ times: 3, fatal: true }, 4);
  }, 60_000);
});

describe('a COMMIT', () => {
  /** After it every further round makes as many calls; the last of them commits. */
  async function callsOf(source: SourceFile): Promise<number> {
    await index.commit(round(source, 0));
    faults.arm({ at: Number.POSITIVE_INFINITY });
    await index.commit(round(source, 1));
    faults.disarm();
    return faults.calls;
  }

  it('that throws although it is durable is published, once', async () => {
    const source = new SourceFile(1, '-p/main.jsonl');
    const last = await callsOf(source);
    faults.arm({ at: last, afterwards: true });
    await index.commit(round(source, 2));
    faults.disarm();
    expect(faults.fired).toBe(1);
    await index.commit(round(source, 3));
    expect(index.published.map(({ prev, top }) => [prev, top])).toEqual([[0, 7], [7, 14], [14, 21], [21, 28]]);
  });

  it('that throws although it is durable, with nothing readable for a while, is published once it can be read', async () => {
    const source = new SourceFile(1, '-p/main.jsonl');
    const last = await callsOf(source);
    // Its own answer is lost; then neither rolling back nor reading back works.
    faults.arm({ at: last, afterwards: true, times: 4 });
    await expect(index.commit(round(source, 2))).rejects.toThrow();
    faults.disarm();
    expect(index.published).toHaveLength(2);
    expect(await index.files()).toEqual([source.entry]);
    expect(index.published.map(({ prev, top }) => [prev, top])).toEqual([[0, 7], [7, 14], [14, 21]]);
    await index.commit(round(source, 3));
    expect(index.published.map(({ top }) => top)).toEqual([7, 14, 21, 28]);
  });
});

describe('an instance that is still in use when the file is opened again', () => {
  it('does no harm when it ends: it writes nothing over what the new one wrote', async () => {
    const source = new SourceFile(1, '-p/main.jsonl');
    await index.commit(round(source, 0));
    const late = await index.database.connect();
    const rows = await late.runAndReadAll('SELECT count(*) FROM records');
    faults.arm({ at: 1, times: 3, fatal: true });
    const ops = round(source, 1);
    await index.commit(ops).catch(() => undefined);
    faults.disarm();
    await index.commit(ops);
    for (let n = 2; n < 40; n++) await index.commit(round(source, n));
    await index.writer.exclusively(compact);
    await index.commit(round(source, 40));
    late.closeSync();
    expect(rows.getRows()).toEqual([[6n]]);
    expect(await index.count('records')).toBe(41 * 6);
    await index.restart();
    expect(await index.count('records')).toBe(41 * 6);
    expect(await index.records()).toHaveLength(41 * 6);
  });
});

describe('an index that cannot be opened again', () => {
  it('refuses writes, says why, and goes on by itself when it can be', async () => {
    const source = new SourceFile(1, '-p/main.jsonl');
    await index.commit(round(source, 0));
    const reopen = index.database.reopen.bind(index.database);
    index.database.reopen = async () => Promise.reject(new Error('no space left'));
    const ops = round(source, 1);
    faults.arm({ at: 1, times: 3, fatal: true });
    await expect(index.commit(ops)).rejects.toThrow();
    await expect(index.files()).resolves.toHaveLength(1);
    index.database.reopen = reopen;
    faults.disarm();
    await index.commit(ops);
    expect((await stored()).offset).toBe(source.entry.offset);
    expect(index.published.map(({ top }) => top)).toEqual([7, 14]);
  });
});

describe('a database that is dead for all until it is opened again', () => {
  beforeEach(async () => {
    await index.commit(round(new SourceFile(1, '-p/main.jsonl'), 0));
    expect(await index.records()).toHaveLength(6);
  });

  function die(): void {
    const reopen = index.database.reopen.bind(index.database);
    index.database.reopen = async () => {
      faults.disarm();
      await reopen();
    };
    faults.arm({ at: 1, times: Number.POSITIVE_INFINITY, fatal: true });
  }

  it('is opened again by what killed it, and nobody else notices', async () => {
    const checkpoint = index.writer.exclusively((connection) => {
      die();
      return connection.run('CHECKPOINT');
    }, 'nothing');
    await expect(checkpoint).rejects.toThrow('invalidated');
    expect(await index.records()).toHaveLength(6);
    expect(index.database.openings).toBe(2);
  });

  it('is opened again when a question finds it so', async () => {
    die();
    await expect(index.records()).rejects.toThrow('invalidated');
    expect(await index.records()).toHaveLength(6);
    expect(index.database.openings).toBe(2);
  });

  it('and could not be opened then is opened for the next question', async () => {
    const reopen = index.database.reopen.bind(index.database);
    index.database.reopen = async () => Promise.reject(new Error('no space left'));
    faults.arm({ at: 1, times: Number.POSITIVE_INFINITY, fatal: true });
    await expect(index.records()).rejects.toThrow('invalidated');
    faults.disarm();
    index.database.reopen = reopen;
    expect(await index.records()).toHaveLength(6);
  });
});
