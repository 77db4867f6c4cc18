// A project's id where a log's path does not name one: made from the working directory the way Claude
// Code names its folders, so that sessions of several agents in one folder are one project.

import { safeId } from '../core/bytes/safe-id.ts';

export function projectOfFolder(folder: string): string {
  return safeId(folder.replace(/[^A-Za-z0-9]/g, '-'));
}
