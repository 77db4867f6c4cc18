// Workspaces that tests make as they go.

import { afterEach } from 'vitest';
import { Workspace } from './daemon.ts';

/** Makes workspaces for the tests of the `describe` around it; each is removed after its test. */
export function workspaceMaker(): () => Workspace {
  const made: Workspace[] = [];
  afterEach(async () => {
    for (const workspace of made.splice(0)) await workspace.remove();
  });
  return () => {
    const workspace = new Workspace();
    made.push(workspace);
    return workspace;
  };
}
