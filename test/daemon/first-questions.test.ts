// What is asked beforehand can be answered, of a lake with nothing in it as well, and is every kind of question there is.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRequests } from '../../src/cli/api-requests.ts';
import type { OpenapiDocument } from '../../src/cli/api-requests.ts';
import { aboutASession, aboutTheLake, overview, readOnce } from '../../src/daemon/first-questions.ts';
import { SourceFile } from '../index/support/source-file.ts';
import { indexWithFiles } from '../index/support/stored-files.ts';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const LINES = [userLine({ session: 's1', n: 1, text: 'the beginning' }), assistantLine({ session: 's1', n: 2 })];
/** About the daemon itself, or once a minute. */
const ASIDE = new Set(['/health', '/health/performance', '/health/performance/queries', '/metrics', '/openapi.json', '/api/logs', '/api/jobs', '/api/system/stats', '/api/reconcile']);

describe('what is read once', () => {
  it('is there, of any lake', async () => {
    const { index, files } = await indexWithFiles();
    try {
      for (const ask of [...overview(index.lake), ...readOnce(index.lake)]) await expect(ask().then(() => 'answered')).resolves.toBe('answered');
      const op = new SourceFile(1, 'p/s1.jsonl').read([...LINES]);
      files.store(op);
      await index.commit([op]);
      for (const ask of [...overview(index.lake), ...readOnce(index.lake)]) await expect(ask().then(() => 'answered')).resolves.toBe('answered');
    } finally {
      files.close();
      await index.remove();
    }
  });
});

describe('the first questions', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let ids: { session: string; project: string };

  beforeAll(async () => {
    mkdirSync(join(workspace.root, 'p'));
    writeFileSync(join(workspace.root, 'p', 's1.jsonl'), `${LINES.join('\n')}\n`);
    daemon = await workspace.start();
    await daemon.caughtUp();
    const { items: [session] } = await daemon.get<{ items: { id: string; project: string }[] }>('/api/sessions');
    ids = { session: session?.id ?? '', project: session?.project ?? '' };
  });
  afterAll(() => workspace.remove());

  it('are answered, each', async () => {
    for (const path of [...aboutTheLake(), ...aboutASession(ids.session, ids.project)]) expect([path, (await daemon.fetch(path)).status]).toEqual([path, 200]);
  });

  it('are every kind of question that the API knows', async () => {
    const document = await daemon.get<OpenapiDocument>('/openapi.json');
    const asked = new Set([...aboutTheLake(), ...aboutASession(ids.session, ids.project)].map(placeOf));
    const known = readRequests(document, { ...ids, job: null }).map(({ path }) => placeOf(path)).filter((path) => !ASIDE.has(path));
    expect(known.filter((path) => !asked.has(path))).toEqual([]);
    expect(known.length).toBeGreaterThan(20);
  });
});

function placeOf(path: string): string {
  return path.split('?', 1)[0] ?? '';
}
