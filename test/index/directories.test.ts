// Names have one number each, and are found by it and by what they are.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentDirectory, nativeIdOf, SessionDirectory } from '../../src/index/names/directories.ts';

const source = fc.constantFrom('claude-code', 'codex', 'pi');
const native = fc.integer({ min: 0, max: 60 }).map((number) => `id-${number}`);
const project = fc.constantFrom('p', 'q');

describe('the directory of sessions', () => {
  it('gives each of a source a number and a name of its own', () => {
    fc.assert(fc.property(fc.array(fc.record({ source, native, project })), (told) => {
      const directory = new SessionDirectory();
      const model = new Map<string, { ix: number; id: string; source: string; project: string; native: string }>();
      const ids = new Set<string>();
      for (const { source: of, native: name, project: where } of told) {
        const key = `${of} ${name}`;
        if (!model.has(key)) {
          const id = ids.has(name) ? `${name}~${of}` : name;
          ids.add(id);
          model.set(key, { ix: model.size + 1, id, source: of, project: where, native: name });
        }
        expect(directory.find(of, name, where).ix).toBe(model.get(key)?.ix);
      }
      expect([directory.count, directory.pending.map(({ id }) => id)]).toEqual([model.size, [...model.values()].map(({ id }) => id)]);
      expect(directory.sources).toEqual(new Set([...model.values()].map((one) => one.source)));
      for (const one of model.values()) {
        const session = directory.at(one.ix);
        expect([session?.ix, session?.id, session?.source, session?.project, directory.ixOfId(one.id), directory.known(one.source, one.native)?.ix]).toEqual([one.ix, one.id, one.source, one.project, one.ix, one.ix]);
        expect(nativeIdOf(one)).toBe(one.native);
      }
      expect([directory.at(0), directory.at(model.size + 1), directory.ixOfId('none'), directory.known('codex', 'none')]).toEqual([undefined, undefined, undefined, undefined]);
    }));
  });

  it('gives a session to the same file in whatever order files come', () => {
    const file = fc.record({ main: fc.boolean(), place: fc.constantFrom('/a', '/b', '/c', '/d') });
    fc.assert(fc.property(fc.uniqueArray(file, { minLength: 1, selector: ({ place }) => place }).chain((files) => fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length }))), ([files, shuffled]) => {
      const owners = [files, shuffled].map((some) => {
        const directory = new SessionDirectory();
        for (const by of some) directory.claim(directory.find('pi', 'id', 'first'), by, `of ${by.place}`);
        const { owner, project: where } = directory.find('pi', 'id', '');
        return [owner, where];
      });
      const best = files.toSorted((a, b) => Number(b.main) - Number(a.main) || (a.place < b.place ? -1 : 1))[0];
      expect(owners).toEqual([[best, `of ${best?.place}`], [best, `of ${best?.place}`]]);
    }));
  });

  it('tells of those that moved after they were stored', () => {
    const directory = new SessionDirectory();
    directory.claim(directory.find('pi', 'one', 'p'), { main: true, place: '/b' }, 'p');
    directory.settle();
    expect(directory.moved).toEqual([]);
    directory.claim(directory.find('pi', 'one', 'p'), { main: true, place: '/a' }, 'q');
    expect([directory.moved.map(({ ix, project: where, owner }) => [ix, where, owner.place]), directory.removals]).toEqual([[[1, 'q', '/a']], 1]);
    directory.settle();
    expect(directory.moved).toEqual([]);
  });
});

it('the directory of agents gives each of a session a number', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), native)), (told) => {
    const [directory, model] = [new AgentDirectory(), new Map<string, { session: number; id: string }>()];
    for (const [session, id] of told) {
      model.set(`${session} ${id}`, { session, id });
      expect(directory.ixOf(session, id)).toBe([...model.keys()].indexOf(`${session} ${id}`) + 1);
    }
    const agents = [...model.values()].map(({ session, id }, at) => ({ session, id, ix: at + 1 }));
    for (const { ix, session, id } of agents) {
      expect([directory.idOf(ix), directory.find(session, id)]).toEqual([id, ix]);
      expect(directory.withId(id)).toEqual(agents.filter((agent) => agent.id === id).map((agent) => agent.ix));
    }
    for (let session = 0; session <= 91; session++) expect(directory.has(session)).toBe(agents.some((agent) => agent.session === session));
    expect([directory.idOf(0), directory.idOf(agents.length + 1), directory.find(1, 'none')]).toEqual([null, null, undefined]);
  }));
});
