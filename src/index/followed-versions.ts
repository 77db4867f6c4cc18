// Versions that tell a second one who follows: what is known of files is kept apart from what is known of sessions.

import { CommitChanges } from './book/commit-changes.ts';
import type { ArchivedBytes, CommitChange } from './book/commit-changes.ts';
import { LakeVersions } from './lake-versions.ts';

export class FollowedVersions extends LakeVersions {
  readonly fileChanges = new CommitChanges();

  override committed(change: CommitChange): void {
    super.committed(change);
    this.fileChanges.committed(change);
  }

  override archivedMore(files: readonly ArchivedBytes[]): void {
    super.archivedMore(files);
    this.fileChanges.archivedMore(files);
  }

  override changedAside(): void {
    super.changedAside();
    this.fileChanges.changedAside();
  }
}
