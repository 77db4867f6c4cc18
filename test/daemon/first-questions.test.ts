// What is asked beforehand can be answered, of a lake with nothing in it as well.

import { describe, expect, it } from 'vitest';
import { aboutASession, aboutTheLake, overview, readOnce } from '../../src/daemon/first-questions.ts';
import { SourceFile } from '../index/support/source-file.ts';
import { indexWithFiles } from '../index/support/stored-files.ts';
import { assistantLine, userLine } from '../support/claude-lines.ts';

describe('the first questions', () => {
  it('are answered, each', async () => {
    const { index, files } = await indexWithFiles();
    try {
      for (const ask of [...overview(index.lake), ...readOnce(index.lake), ...aboutTheLake(index.lake)]) await expect(ask().then(() => 'answered')).resolves.toBe('answered');
      const op = new SourceFile(1, 'p/s1.jsonl').read([userLine({ session: 's1', n: 1, text: 'the beginning' }), assistantLine({ session: 's1', n: 2 })]);
      files.store(op);
      await index.commit([op]);
      for (const ask of [...overview(index.lake), ...readOnce(index.lake), ...aboutTheLake(index.lake), ...aboutASession(index.lake, 's1')]) await expect(ask().then(() => 'answered')).resolves.toBe('answered');
    } finally {
      files.close();
      await index.remove();
    }
  });
});
