// What is known of every file, in memory: some hundred bytes a file.

import { Followed } from '../follow/followed.ts';
import type { CommitChanges } from '../follow/commit-changes.ts';
import type { Readers } from '../store/readers.ts';
import type { FilePages } from './file-pages.ts';
import { readFilePages } from './read-files.ts';

export class FileBook extends Followed<FilePages> {
  /** `changes`: null where nobody tells of them; then everything is read for every answer. */
  constructor(readers: Readers, changes: CommitChanges | null) {
    super(changes, () => readers.ahead(readFilePages));
  }
}
