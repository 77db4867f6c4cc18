// The state in which a file was begun. A path alone does not say it where a session is named after its
// file: the file may have moved since, or come to a name that was taken.

import type { SourceState } from './adapter.ts';
import { adapterOf } from './registry.ts';

/** `later`: any later state of the file. Empty where the path says enough. */
export function firstState(source: string, root: string, path: string, later: string): string {
  const adapter = adapterOf(source);
  if (adapter.ownName === undefined || later === '') return '';
  const facts = adapter.describe(root, path);
  const session = adapter.ownName(JSON.parse(later) as SourceState);
  return session === facts.session ? '' : JSON.stringify(adapter.begin({ ...facts, session }));
}
