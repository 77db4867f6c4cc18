// What a user meets when something is wrong: a message that says what and what to do, and a fitting exit code.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { run } from '../support/daemon.ts';
import { workspaceMaker } from '../support/workspaces.ts';

const SESSION = 'cccccccc-0000-4000-8000-000000000001';

describe('something wrong', () => {
  const workspace = workspaceMaker();

  it('refuses a second daemon on the same data directory and names the first', async () => {
    const place = workspace();
    const daemon = await place.start();
    const second = await run(place, ['start', '--port', '0', '--data-dir', place.dataDir, '--root', place.root]);
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toContain(String(daemon.info.pid));
    expect(await daemon.get('/health')).toMatchObject({ status: 'ok' });
  });

  it('says which port is taken', async () => {
    const place = workspace();
    const daemon = await place.start();
    const port = new URL(daemon.url).port;
    const other = workspace();
    const result = await run(other, ['start', '--port', port, '--data-dir', other.dataDir, '--root', other.root]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(port);
  });

  it('takes no unknown flag, root or config', async () => {
    const place = workspace();
    expect((await run(place, ['start', '--colour'])).code).toBe(2);
    expect((await run(place, ['start', '--root', 'nobody=/tmp'])).code).toBe(2);
    const config = join(place.dir, 'config.json');
    writeFileSync(config, '{"port": 1,}');
    const malformed = await run(place, ['status', '--config', config]);
    expect(malformed.code).toBe(2);
    expect(malformed.stderr).toContain(config);
  });

  it('keeps a line of 50 MB and the lines around it', async () => {
    const place = workspace();
    const daemon = await place.start(['--no-archive']);
    const lines = [userLine({ session: SESSION, n: 0 }), userLine({ session: SESSION, n: 1, text: 'y'.repeat(50_000_000) }), '{"torn": ', userLine({ session: SESSION, n: 2 })];
    writeFileSync(join(place.root, `${SESSION}.jsonl`), `${lines.join('\n')}\n`);
    await daemon.caughtUp();
    const { items } = await daemon.get<{ items: { reason: string; line: number; byte_length: number }[] }>('/api/rejects');
    expect(items).toMatchObject([{ reason: 'invalid_json', line: 3, byte_length: 9 }]);
    expect(await daemon.get('/api/status')).toMatchObject({ lines: 4, rejects: 1, bytes_indexed: lines.join('\n').length + 1 });
  });

  it('waits for a root that does not exist yet', async () => {
    const place = workspace();
    const root = join(place.dir, 'later', 'projects');
    const daemon = await place.start(['--root', root]);
    await daemon.caughtUp();
    expect(await daemon.get('/api/status')).toMatchObject({ files: 0, caught_up: true });
    expect((await run(place, ['tree', 'nothing', '--data-dir', place.dataDir])).code).toBe(4);
  });

  it('finds no daemon to stop', async () => {
    const place = workspace();
    expect((await run(place, ['stop', '--data-dir', place.dataDir])).code).toBe(3);
  });
});
